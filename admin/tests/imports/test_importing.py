"""The job: what a source gives, in whatever order, ends in the catalogue, in the counts or in the log."""

from collections.abc import Iterator
from typing import Any

import pytest
from catalogue.models import Product
from imports import importing, operations
from imports.items import Item, Unusable
from jobs.errors import HandedBack, Later
from jobs.models import Job, State
from jobs.working import work

from tests.imports.made import an_item
from tests.support import told

pytestmark = pytest.mark.django_db(transaction=True)
Source = list[Item | Unusable | Exception | type[Exception]]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    """What there is to read; an exception in it is raised where it stands."""
    found: Source = []

    def read(*_: Any) -> Iterator[Item | Unusable]:
        for one in found:
            if not isinstance(one, Item | Unusable):
                raise one
            yield one

    monkeypatch.setattr(importing, "read", read)
    return found


def worked(job: Job | None = None) -> Job:
    job = job or operations.import_url(url="https://shop.example.com", by="ann")
    Job.objects.update(run_at=job.created_at)
    work(job.pk, worker="a-host:1")
    return Job.objects.get(pk=job.pk)


def lines(job: Job) -> list[str]:
    return list(job.lines.values_list("text", flat=True))


def test_what_is_found_is_written_and_told_in_a_sentence(source: Source) -> None:
    source += [an_item(1), Unusable(where="row 2", reason="It has no name."), an_item(3, title=""), an_item(4)]
    job = worked()
    assert (job.state, job.said) == (State.SUCCEEDED, "2 created, 0 updated, 0 unchanged, 2 rejected")
    assert job.counts == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 2}
    assert "Rejected row 2: It has no name." in lines(job)
    assert len(told()) == Product.objects.count() == 2


@pytest.mark.parametrize("count", [importing.BATCH - 1, importing.BATCH, importing.BATCH + 1, importing.BATCH * 2])
def test_none_is_left_out_at_a_batch_s_end(source: Source, count: int) -> None:
    source += [an_item(number) for number in range(count)]
    assert worked().counts["created"] == Product.objects.count() == count


def test_a_source_with_nothing_is_a_failure_that_says_what_to_look_at(source: Source) -> None:
    job = worked()
    assert (job.state, job.said.partition(".")[0]) == (State.FAILED, "No product was found there")
    assert not any(job.counts.values())


def test_a_source_with_nothing_that_can_be_taken_is_a_failure_that_says_so(source: Source) -> None:
    source += [an_item(1, title=""), Unusable(where="row 2", reason="It has no name.")]
    job = worked()
    assert (job.state, job.said) == (
        State.FAILED,
        "No product was taken: 2 rejected. The job's lines say why each was.",
    )
    assert job.counts["rejected"] == 2


def test_what_was_read_before_a_source_broke_off_is_written(source: Source) -> None:
    source += [an_item(1), Later("The shop does not answer.")]
    job = worked()
    assert (job.state, job.tries, job.counts["created"], Product.objects.count()) == (State.QUEUED, 1, 1, 1)
    source[1:] = [an_item(2), Unusable(where="row 3", reason="It has no name.")]
    job = worked(job)
    assert (job.state, job.said) == (State.SUCCEEDED, "2 created, 0 updated, 0 unchanged, 1 rejected")
    assert len(told()) == 2


def test_rejected_ones_are_counted_once_though_each_attempt_meets_them(source: Source) -> None:
    source += [an_item(1, title=""), an_item(2), Later("The shop does not answer.")]
    job = worked()
    assert counted_of(job) == (1, 0, 0, 1)
    source.pop()
    assert counted_of(worked(job)) == (1, 0, 0, 1)


def test_whoever_ends_the_attempt_leaves_the_rest_to_the_next_one(source: Source) -> None:
    source += [*(an_item(number) for number in range(importing.BATCH)), an_item(1000), HandedBack]
    job = worked()
    assert (job.state, job.tries, Product.objects.count()) == (State.QUEUED, 0, importing.BATCH)
    source.pop()
    assert counted_of(worked(job)) == (importing.BATCH + 1, 0, 0, 0)


def test_a_slow_source_s_products_show_before_its_end(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_SECONDS", 0.0)
    source += [an_item(1), an_item(2), HandedBack]
    worked()
    assert Product.objects.count() == 2


def test_the_same_import_once_more_changes_nothing(source: Source) -> None:
    source += [an_item(1), an_item(2)]
    worked()
    job = worked()
    assert job.said == "0 created, 0 updated, 2 unchanged, 0 rejected"
    assert len(told()) == 2


def counted_of(job: Job) -> tuple[int, ...]:
    return tuple(job.counts.get(name, 0) for name in importing.OUTCOMES)

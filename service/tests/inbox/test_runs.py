"""Many letters, two seconds with each request: by pages, by several at once, and with trouble on the way."""

import re
import threading
import time
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from inbox import retrying, runs
from inbox.models import DeadLetter, Reason, Run
from inbox.queries import Wanted
from replica.models import Product

from tests.events import body
from tests.inbox.letters import OUTAGE, POISON, applicable, given_up, rejected, stored
from tests.people import browser, person

pytestmark = pytest.mark.django_db
ROOT = "/admin/inbox/deadletter/"
CAUSE = "unprocessable: so it was"


@pytest.fixture
def worker(db: None) -> Client:
    return browser(person("worker", may=("view_deadletter", "work_deadletter")))


@pytest.fixture
def routes(settings: Any) -> None:
    settings.INBOX_ROUTES = "tests.inbox.letters.ROUTES"


def asked(client: Client, **query: Any) -> dict[str, str]:
    """The hidden fields of the question."""
    page = client.get(ROOT + "work/", query).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.split("</nav>")[-1]))


def begin(client: Client, **query: Any) -> Run:
    """Asks, and says yes."""
    extra = {name: query.pop(name) for name in ("why", "is_rehearsal") if name in query}
    fields = asked(client, **query)
    answer = client.post(ROOT + "work/", fields | extra)
    assert answer.status_code == 302, answer.content.decode()
    return Run.objects.get(id=fields["run"])


def follow(client: Client, run: Run) -> Run:
    """As the page does."""
    for _ in range(100):
        began = time.monotonic()
        answer = client.post(f"{ROOT}runs/{run.id}/step/")
        assert answer.status_code == 302
        assert time.monotonic() - began < runs.STEP_SECONDS + 3
        run.refresh_from_db()
        if run.finished_at:
            return run
    raise AssertionError("it never ends")


def begun(wanted: Wanted | None = None, action: str = "retry", newest: int = 2**62) -> Run:
    id = uuid4()
    assert runs.begin(id=id, action=action, wanted=wanted or Wanted(), newest=newest, by="ada")
    return Run.objects.get(id=id)


def test_a_thousand_letters_are_retried_and_the_page_and_the_audit_say_what_came_of_them(
    worker: Client, routes: None
) -> None:
    applicable(range(1000, 2000))
    applicable([POISON])
    rejected(b"of another group")
    page = worker.get(ROOT + "work/", {"action": "retry", "cause": CAUSE}).content.decode()
    assert "Retry 1,001 letters?" in page
    run = follow(worker, begin(worker, action="retry", cause=CAUSE))
    assert run.counts == {"applied": 1000, "rejected": 1}
    assert Product.objects.count() == 1000
    assert set(DeadLetter.objects.values_list("reason", flat=True)) == {"unreadable", "unprocessable"}
    page = worker.get(f"{ROOT}runs/{run.id}/").content.decode()
    assert "1,001 of 1,001" in page
    assert "See what is left" in page
    ended, started = AuditEntry.objects.all()
    assert started.said == f"Retry 1,001 letters: of the cause “{CAUSE}”"
    assert ended.said == "Retry 1,001 letters: 1,000 applied, 1 rejected"
    assert (started.action, ended.action) == ("begin retry of dead letters", "end retry of dead letters")
    assert {started.target, ended.target} == {f"run {run.id}"}


def test_a_step_ends_with_its_time_and_goes_on_where_it_was() -> None:
    applicable(range(1, 4))
    run = begun()
    for done, is_over in ((1, False), (2, False), (3, True)):
        runs.work(run.id, seconds=0)
        run.refresh_from_db()
        assert (run.counts, runs.is_over(run)) == ({"applied": done}, is_over)


def test_what_comes_after_the_question_is_not_meant(worker: Client) -> None:
    applicable([1, 2])
    fields = asked(worker, action="discard")
    applicable([3])
    worker.post(ROOT + "work/", fields | {"why": "tests"})
    run = follow(worker, Run.objects.get())
    assert (run.total, run.counts) == (2, {"discarded": 2})
    assert DeadLetter.objects.get().subject == "3"


def test_letters_that_go_meanwhile_are_counted_as_such() -> None:
    applicable(range(1, 4))
    run = begun()
    DeadLetter.objects.earliest("id").delete()
    runs.work(run.id)
    run.refresh_from_db()
    assert (run.total, run.counts) == (3, {"applied": 2})


def test_the_same_yes_twice_is_one_run(worker: Client) -> None:
    applicable([1])
    fields = asked(worker, action="retry")
    first, second = (worker.post(ROOT + "work/", fields).headers["Location"] for _ in range(2))
    assert first == second
    assert (Run.objects.count(), AuditEntry.objects.count()) == (1, 1)
    follow(worker, Run.objects.get())
    worker.post(f"{ROOT}runs/{fields['run']}/step/")
    assert AuditEntry.objects.count() == 2


def test_while_one_request_works_at_a_run_another_one_looks_on(worker: Client) -> None:
    applicable([1])
    run = begun()
    Run.objects.update(busy_until=timezone.now() + timezone.timedelta(seconds=5))
    worker.post(f"{ROOT}runs/{run.id}/step/")
    assert DeadLetter.objects.exists()
    Run.objects.update(busy_until=timezone.now() - timezone.timedelta(seconds=5))
    worker.post(f"{ROOT}runs/{run.id}/step/")
    assert not DeadLetter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_lose_and_double_nothing() -> None:
    applicable(range(1, 101))
    ids = [begun().id, begun().id]
    failures: list[BaseException] = []

    def work(id: UUID) -> None:
        try:
            for _ in range(20):
                runs.work(id)
                if runs.is_over(Run.objects.get(id=id)):
                    return
            raise AssertionError("it never ends")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not DeadLetter.objects.exists()
    assert Product.objects.count() == 100
    told = sum((Counter(run.counts) for run in Run.objects.all()), Counter())
    assert told.total() - told["gone"] == 100, "each letter has one outcome, though two may have applied it at once"


def test_to_look_at_a_run_changes_nothing(worker: Client) -> None:
    applicable([1])
    run = begin(worker, action="retry")
    page = worker.get(f"{ROOT}runs/{run.id}/").content.decode()
    assert "data-goes-on" not in page
    assert "It stands still" in page
    assert "data-goes-on" in worker.get(f"{ROOT}runs/{run.id}/?go=1").content.decode()
    assert DeadLetter.objects.exists()


def test_a_run_is_stopped_and_what_is_left_stays(worker: Client) -> None:
    applicable(range(1, 4))
    run = begin(worker, action="retry")
    runs.work(run.id, seconds=0)
    worker.post(f"{ROOT}runs/{run.id}/stop/")
    worker.post(f"{ROOT}runs/{run.id}/step/")
    run.refresh_from_db()
    assert run.finished_at
    assert DeadLetter.objects.count() == 2
    assert "Stopped with 2 left" in worker.get(f"{ROOT}runs/{run.id}/").content.decode()
    assert AuditEntry.objects.first().said == "Retry 3 letters: 1 applied, stopped with 2 left"  # type: ignore[union-attr]


def test_a_run_that_is_stopped_while_a_request_works_at_it_ends_with_that(worker: Client) -> None:
    applicable(range(1, 4))
    run = begin(worker, action="retry")
    Run.objects.update(busy_until=timezone.now() + timezone.timedelta(seconds=5))
    answer = worker.post(f"{ROOT}runs/{run.id}/stop/")
    assert answer.headers["Location"].endswith("?go=1")
    run.refresh_from_db()
    assert run.finished_at is None
    Run.objects.update(busy_until=None)
    follow(worker, run)


def test_a_database_that_is_away_stops_a_run_before_the_letter_and_says_so(worker: Client, routes: None) -> None:
    applicable([5, OUTAGE, 6])
    run = begin(worker, action="retry")
    worker.post(f"{ROOT}runs/{run.id}/step/")
    run.refresh_from_db()
    assert run.counts == {"applied": 1}
    assert "the server has gone away" in run.said
    assert run.finished_at is None
    page = worker.get(f"{ROOT}runs/{run.id}/").content.decode()
    assert "nothing is lost" in page
    assert DeadLetter.objects.count() == 2


def test_a_dry_run_tells_what_would_be_and_changes_nothing(worker: Client) -> None:
    stored(body(id=1, version=5))
    follow(worker, begin(worker, action="retry"))
    for content in (body(id=1, version=4), body(id=1, version=5, title="Other"), body(id=1, version=6), body(id=2)):
        stored(content)
    stored(body(title=None), Reason.INVALID)
    before = list(DeadLetter.objects.values())
    AuditEntry.objects.all().delete()
    run = follow(worker, begin(worker, action="retry", is_rehearsal="1"))
    assert run.counts == {"stale": 1, "duplicate": 1, "applied": 2, "rejected": 1}
    assert list(DeadLetter.objects.values()) == before
    assert Product.objects.get().version == 5
    assert "would be in the copy" in worker.get(f"{ROOT}runs/{run.id}/").content.decode()
    assert not AuditEntry.objects.exists()


def test_there_is_no_dry_run_of_a_discard(worker: Client) -> None:
    applicable([1])
    answer = worker.post(ROOT + "work/", asked(worker, action="discard") | {"why": "tests", "is_rehearsal": "1"})
    assert "no dry run" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_discard_of_many_wants_a_reason(worker: Client) -> None:
    applicable([1, 2])
    fields = asked(worker, action="discard")
    assert "Say why" in worker.post(ROOT + "work/", fields).content.decode()
    run = follow(worker, begin(worker, action="discard", why="made by a test"))
    assert run.counts == {"discarded": 2}
    assert AuditEntry.objects.first().said == "Discard 2 letters: 2 discarded; why: made by a test"  # type: ignore[union-attr]


def test_what_was_given_up_is_in_no_retry_from_a_page(worker: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    killer = given_up(body(id=9))
    applicable([1])
    page = worker.get(ROOT + "work/", {"action": "retry"}).content.decode()
    assert "Retry 1 letter?" in page
    assert "manage.py dead_letters retry ID" in page
    follow(worker, begin(worker, action="retry"))
    assert DeadLetter.objects.get() == killer
    for query in ({"reason": "given_up"}, {"id": killer.id}, {"cause": killer.cause}):
        assert (
            "None of these is retried here" in worker.get(ROOT + "work/", {"action": "retry", **query}).content.decode()
        )
    run = begun(Wanted(ids=[killer.id]))
    runs.work(run.id)
    assert DeadLetter.objects.get().attempts == 1


def test_what_was_given_up_can_be_discarded(worker: Client) -> None:
    given_up(b"killer")
    assert follow(worker, begin(worker, action="discard", why="mended")).counts == {"discarded": 1}


def test_the_chosen_letters_are_meant_and_no_other(worker: Client) -> None:
    applicable(range(1, 4))
    first, second, third = DeadLetter.objects.values_list("id", flat=True)
    page = worker.get(ROOT + "work/", {"action": "retry", "id": [first, third]}).content.decode()
    assert "Retry 2 letters?" in page
    fields = re.findall(r'<input type="hidden" name="(id|action|run|newest)" value="([^"]*)"', page)
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    worker.post(ROOT + "work/", data)
    follow(worker, Run.objects.get())
    assert DeadLetter.objects.get().id == second


def test_a_letter_that_killed_its_request_is_met_again_and_its_count_is_all_that_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the process ends between the letter and the note of it."""
    applicable([1, 2])
    run = begun()
    monkeypatch.setattr(retrying.Retrier, "retry", lambda *_: (_ for _ in ()).throw(SystemExit()))
    with pytest.raises(SystemExit):
        runs.work(run.id)
    monkeypatch.undo()
    Run.objects.update(busy_until=timezone.now())
    runs.work(run.id)
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize("page", ["work/", f"runs/{uuid4()}/step/", f"runs/{uuid4()}/stop/"])
def test_nothing_is_begun_without_the_token_against_forged_requests(boss: User, page: str) -> None:
    assert browser(boss, enforce_csrf_checks=True).post(ROOT + page, {"action": "retry"}).status_code == 403


@pytest.mark.parametrize("page", ["", "step/", "stop/"])
def test_a_run_that_is_not_there_is_not_found(worker: Client, page: str) -> None:
    client = worker.post if page else worker.get
    assert client(f"{ROOT}runs/{uuid4()}/{page}").status_code == 404


@pytest.mark.parametrize("changed", [{"run": "x"}, {"newest": "x"}, {"newest": str(2**64)}, {"why": "x" * 501}])
def test_a_bent_yes_begins_nothing(worker: Client, changed: dict[str, str]) -> None:
    applicable([1])
    worker.post(ROOT + "work/", asked(worker, action="retry") | changed)
    assert not Run.objects.exists()

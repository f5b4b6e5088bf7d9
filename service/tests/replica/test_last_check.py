"""What is known of drift: the last comparison that could tell, as long as nobody has found the copies equal since."""

import pytest
from django.utils import timezone
from replica import queries
from replica.models import DriftCheck
from replica.verdicts import Verdict

pytestmark = pytest.mark.django_db


def ended(*verdicts: Verdict) -> None:
    for verdict in verdicts:
        now = timezone.now()
        DriftCheck.objects.create(
            kind=DriftCheck.Kind.CHECK, by="a test", started_at=now, beat_at=now, finished_at=now, verdict=verdict
        )


@pytest.mark.parametrize(
    ("verdicts", "known"),
    [
        ([Verdict.DRIFT, Verdict.UNKNOWN], Verdict.DRIFT),
        ([Verdict.DRIFT, Verdict.UNKNOWN, Verdict.UNKNOWN], Verdict.DRIFT),
        ([Verdict.DRIFT, Verdict.EQUAL], Verdict.EQUAL),
        ([Verdict.DRIFT, Verdict.EQUAL, Verdict.UNKNOWN], Verdict.UNKNOWN),
        ([Verdict.UNKNOWN], Verdict.UNKNOWN),
    ],
)
def test_one_that_could_not_tell_hides_no_drift(verdicts: list[Verdict], known: Verdict) -> None:
    ended(*verdicts)
    last = queries.last_whole_check()
    assert last is not None
    assert last.verdict == known

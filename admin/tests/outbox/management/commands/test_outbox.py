"""`manage.py outbox` as its users call it."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from catalogue.models import Product
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone
from outbox.batches import claim
from outbox.models import OutboxEvent, Reason

from tests.outbox.test_relay import lamps
from tests.support import ended, manage, test_database_url

pytestmark = pytest.mark.django_db
EVERY = OutboxEvent.objects


@pytest.fixture(autouse=True)
def with_broker(settings: Any) -> None:
    settings.BROKER_URL = "amqp://nobody@127.0.0.1:1/none"


def run(*arguments: str, code: int = 0) -> str:
    """What it says; the exit code must be `code`."""
    out, err = StringIO(), StringIO()
    found = 0
    try:
        call_command("outbox", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        found = error.returncode
        out.write(str(error))
    except SystemExit as error:
        found = int(error.code or 0)
    assert found == code, out.getvalue()
    return out.getvalue() + err.getvalue()


def listed(*filters: str) -> list[int]:
    return [event["id"] for event in json.loads(run("list", "--json", *filters))]


def test_list_has_one_line_each() -> None:
    assert run("list").strip() == "no events wait"
    a, b = lamps(2)
    EVERY.filter(id=b.id).update(held_at=Now(), last_error="Held by ada: \x1b]0;pwned\x07")
    head, first, second = run("list").splitlines()
    assert head.split("\t")[:3] == ["id", "event", "product"]
    assert first.split("\t")[:3] == [str(a.id), "product.created", a.aggregateid]
    assert first.split("\t")[5] == "goes next"
    assert second.split("\t")[5].startswith("held since 2")
    assert "\\x1b]0;pwned\\x07" in second


def test_filters_say_which_are_meant() -> None:
    plain, nacked, held, old = lamps(4)
    EVERY.filter(id=nacked.id).update(reason=Reason.NACKED)
    EVERY.filter(id=held.id).update(held_at=Now(), type="lockstep.catalogue.product.updated.v1")
    EVERY.filter(id=old.id).update(created_at=timezone.now() - timedelta(hours=3))
    assert listed() == [plain.id, nacked.id, held.id, old.id]
    assert listed("--reason", "nacked") == [nacked.id]
    assert listed("--held") == [held.id]
    assert listed("--product", plain.aggregateid) == [plain.id]
    assert listed("--product", "7; DROP TABLE outbox_outboxevent") == []
    assert listed("--type", "product.updated.v1") == listed("--held") == [held.id]
    assert listed("--older-than", "2h") == [old.id]
    assert listed(str(old.id), str(plain.id)) == [plain.id, old.id]


def test_json_says_all_that_is_known() -> None:
    (row,) = lamps(1)
    (said,) = json.loads(run("list", "--json"))
    assert (said["type"], said["version"], said["held_at"]) == (row.type, 1, None)
    assert json.loads(run("list", "--json", "--held")) == []


def test_show_has_the_row_and_its_envelope() -> None:
    Product.objects.create(title="A \x9b lamp")
    row = EVERY.get()
    text = run("show", str(row.id))
    assert str(row.event_id) in text
    assert '"title": "A \\x9b lamp"' in text
    said = json.loads(run("show", str(row.id), "--json"))
    assert said["envelope"]["data"]["title"] == "A \x9b lamp"
    assert "has gone out" in run("show", str(row.id + 1), code=1)


def test_hold_and_retry_are_two_ways_of_one_door() -> None:
    a, b, c = lamps(3)
    assert run("hold", str(a.id), str(b.id), "--because", "a wrong price").strip() == "hold: 2 held"
    assert [row.id for row in claim(limit=9)] == [c.id]
    assert "Held by " in EVERY.get(id=a.id).last_error
    assert EVERY.get(id=a.id).last_error.endswith(": a wrong price")
    assert run("hold", "--all", "--because", "all").strip() == "hold: 1 held, 2 were held already"
    assert run("retry", "--held", "--product", a.aggregateid).strip() == "retry: 1 to be tried now"
    assert [row.id for row in claim(limit=9)] == [a.id]


def test_each_command_leaves_one_entry_or_two_where_it_may_take_long() -> None:
    a, b = lamps(2)
    run("hold", str(a.id), str(b.id), "--because", "a wrong price")
    run("retry", "--all")
    run("retry", "--all", "--dry-run")
    retried, begun, held = AuditEntry.objects.all()
    assert (held.via, held.action, held.target) == ("command", "hold", f"events: ids {a.id} {b.id}")
    assert held.said == "2 held: a wrong price"
    assert (begun.action, begun.target, begun.said) == ("begin retry", "events: all", "")
    assert (retried.action, retried.target, retried.said) == ("end retry", "events: all", "2 to be tried now")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["one", "all"])
def test_what_cannot_be_noted_is_not_done(unnoted: None, which: str) -> None:
    (row,) = lamps(1)
    with pytest.raises(DatabaseError):
        run("hold", str(row.id) if which == "one" else "--all", "--because", "x")
    assert EVERY.get().held_at is None


def test_a_dry_run_does_nothing() -> None:
    lamps(2)
    assert run("hold", "--all", "--because", "x", "--dry-run").strip() == "hold: 2 would be held"
    assert EVERY.filter(held_at=None).count() == 2


def test_what_has_gone_out_is_said() -> None:
    (row,) = lamps(1)
    said = run("retry", str(row.id), str(row.id + 1), code=1)
    assert said.strip() == "retry: 1 to be tried now, 1 not there: gone out"


@pytest.mark.parametrize("action", [["retry"], ["hold", "--because", "x"]])
def test_nothing_asked_for_is_not_everything(action: list[str]) -> None:
    lamps(1)
    assert "say --all" in run(*action, code=2)


def test_without_a_broker_nothing_is_held(embedded: None) -> None:
    lamps(1)
    assert "subscribers pull every event" in run("hold", "--all", "--because", "x", code=1)
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_its_exit_codes_are_its_answer() -> None:
    lamps(1)
    environment = {"DEBUG": "1", "DATABASE_URL": test_database_url(), "BROKER_URL": "amqp://a@127.0.0.1:1/b"}
    for arguments, code in (
        (["list"], 0),
        (["retry", "--all"], 0),
        (["retry", "999999999"], 1),
        (["retry"], 2),
        (["hold", "--all"], 2),
        (["list", "--older-than", "soon"], 2),
        (["list", "--reason", "boredom"], 2),
    ):
        found, said = ended(manage("outbox", *arguments, **environment))
        assert found == code, said
        assert "Traceback" not in said

"""After a restore no id is given again that a copy may know."""

import pytest
from catalogue.models import Product
from console.models import AuditEntry
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


def create() -> int:
    return Product.objects.create(title="Lamp").pk


def test_ids_that_were_given_before_a_restore_are_skipped() -> None:
    call_command("skip_ids", "41")
    assert create() > 41
    call_command("skip_ids", "1000000")
    assert create() > 1_000_000


def test_a_counter_that_is_higher_already_stays() -> None:
    call_command("skip_ids", "500")
    before = create()
    call_command("skip_ids", "17")
    assert create() > before


def test_who_skipped_them_is_in_the_audit() -> None:
    call_command("skip_ids", "41")
    entry = AuditEntry.objects.get()
    assert (entry.via, entry.action, entry.target, entry.said) == ("command", "skip ids", "products", "up to 41")


@pytest.mark.parametrize("to", ["0", "-1", "9223372036854775807", "one"])
def test_what_is_no_id_is_refused(to: str) -> None:
    with pytest.raises(CommandError):
        call_command("skip_ids", "--", to)

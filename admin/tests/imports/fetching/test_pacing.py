from datetime import timedelta

import pytest
from django.utils import timezone
from imports.fetching.pacing import wait_for_turn
from imports.models import Host
from jobs.errors import Cancelled

from tests.support import together


def test_who_meets_a_new_host_at_the_same_time_gets_a_turn_of_their_own(transactional_db: None) -> None:
    """In MariaDB, three who insert the same row could wait for each other."""

    def take() -> None:
        wait_for_turn("shop.example.com:80", delay_seconds=0.05, look=lambda: None)

    began = timezone.now()
    for done in together(*[take] * 6):
        done.result()
    assert Host.objects.get().free_at >= began + timedelta(seconds=6 * 0.05)


@pytest.mark.usefixtures("transactional_db")
def test_a_time_that_a_wrong_clock_left_holds_nobody_up() -> None:
    Host.objects.create(name="shop.example.com:80", free_at=timezone.now() + timedelta(days=365))
    wait_for_turn("shop.example.com:80", delay_seconds=1, look=lambda: None)
    assert Host.objects.get().free_at < timezone.now() + timedelta(seconds=2)


@pytest.mark.usefixtures("transactional_db")
def test_the_longest_of_names_has_its_row_too() -> None:
    wait_for_turn(f"{'a' * 300}.example.com:80", delay_seconds=0.01, look=lambda: None)
    assert Host.objects.get().name.endswith("a.example.com:80")


@pytest.mark.usefixtures("transactional_db")
def test_a_cancelled_import_does_not_wait_for_its_turn() -> None:
    Host.objects.create(name="shop.example.com:80", free_at=timezone.now() + timedelta(minutes=5))

    def look() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        wait_for_turn("shop.example.com:80", delay_seconds=1, look=look)


def test_without_a_delay_nothing_is_written(db: None) -> None:
    wait_for_turn("shop.example.com:80", delay_seconds=0, look=lambda: None)
    assert not Host.objects.exists()

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from outbox.lease import LeaseLost, RelayLease, from_now
from outbox.models import Lease

from tests.support import eventually, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def holders(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], RelayLease]:
    """Leases of relays on different hosts."""

    def make(host: str) -> RelayLease:
        monkeypatch.setattr("socket.gethostname", lambda: host)
        return RelayLease(wake_address=f"{host}:5")

    return make


@pytest.fixture
def first(holders: Any) -> RelayLease:
    return holders("first")  # type: ignore[no-any-return]


@pytest.fixture
def second(holders: Any, first: RelayLease) -> RelayLease:
    return holders("second")  # type: ignore[no-any-return]


def expire() -> None:
    """As if lease_seconds had passed by the database's clock."""
    Lease.objects.update(expires_at=from_now(-1))


def test_the_first_to_come_is_the_active_one_and_stays_it(first: RelayLease, second: RelayLease) -> None:
    assert first.take()
    assert not second.take()
    assert first.take()
    row = Lease.objects.get()
    assert row.holder == first.holder
    assert row.wake_address == "first:5"
    assert str(row) == f"relay: {first.holder}"


def test_it_lasts_as_long_as_configured(first: RelayLease, conf: Any) -> None:
    conf(lease_seconds=100)
    first.take()
    assert Lease.objects.filter(expires_at__gt=from_now(90), expires_at__lt=from_now(101)).exists()


def test_a_stand_by_takes_over_when_it_has_expired(first: RelayLease, second: RelayLease, conf: Any) -> None:
    conf(lease_seconds=0.3)
    assert first.take()
    assert eventually(second.take)
    assert Lease.objects.get().wake_address == "second:5"


@pytest.mark.parametrize("days", [-1, 1])
def test_the_clock_of_a_host_does_not_matter(
    first: RelayLease, second: RelayLease, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    def go_wrong(days: int) -> None:
        moment = datetime.now(tz=UTC) + timedelta(days=days)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    go_wrong(days)
    assert first.take()
    go_wrong(-days)
    assert not second.take()
    first.renew()


def test_release_lets_a_stand_by_in_at_once(first: RelayLease, second: RelayLease) -> None:
    first.take()
    first.release()
    assert second.take()
    assert not first.take()


def test_a_late_release_does_not_end_another_s_lease(first: RelayLease, second: RelayLease) -> None:
    first.take()
    expire()
    second.take()
    first.release()
    second.renew()


def test_a_paused_holder_learns_that_it_has_lost_it(first: RelayLease, second: RelayLease) -> None:
    first.take()
    expire()
    second.take()
    with pytest.raises(LeaseLost):
        first.renew()
    assert not first.take()
    second.renew()


def test_an_expired_lease_that_nobody_took_is_still_its_holders(first: RelayLease, holders: Any) -> None:
    """Or a batch that takes longer than a lease would be published again for ever."""
    first.take()
    expire()
    first.renew()
    assert not holders("second").take()


def test_one_that_comes_back_under_its_old_name_is_fenced_too(holders: Any) -> None:
    """A container that is started again has its host name and its process id."""
    before, after = holders("same"), holders("same")
    assert before.holder == after.holder
    before.take()
    expire()
    assert after.take()
    with pytest.raises(LeaseLost):
        before.renew()


def test_each_new_holder_gets_a_higher_token(first: RelayLease, second: RelayLease) -> None:
    tokens = []
    for holder in (first, second, first):
        assert holder.take()
        tokens.append(Lease.objects.get().token)
        holder.release()
    assert tokens == [1, 2, 3]


def test_renewing_moves_the_end_on(first: RelayLease, conf: Any) -> None:
    first.take()
    conf(lease_seconds=1000)
    first.renew()
    assert Lease.objects.filter(expires_at__gt=from_now(900)).exists()


def test_a_lease_that_is_sure_costs_no_statement(first: RelayLease, django_assert_num_queries: Any) -> None:
    first.take()
    with django_assert_num_queries(0):
        assert first.take()


def test_a_lease_that_is_not_sure_any_more_is_extended(
    first: RelayLease, conf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.take()
    expires_at = Lease.objects.get().expires_at
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    conf(lease_seconds=100)
    assert first.take()
    assert Lease.objects.get().expires_at > expires_at + timedelta(seconds=80)


@pytest.mark.django_db(transaction=True)
def test_of_many_that_come_at_once_one_gets_it() -> None:
    leases = [RelayLease(wake_address=str(n)) for n in range(4)]
    assert sorted(done.result() for done in together(*(lease.take for lease in leases))) == [False, False, False, True]
    for lease in leases:
        lease.release()
    assert sorted(done.result() for done in together(*(lease.take for lease in leases))) == [False, False, False, True]
    assert Lease.objects.get().token == 2


def test_from_now_is_by_the_database_s_clock() -> None:
    Lease.objects.create(name="a", holder="", expires_at=from_now(60))
    assert Lease.objects.filter(expires_at__gt=Now(), expires_at__lt=from_now(61)).exists()
    assert not Lease.objects.filter(expires_at__gt=from_now(60.5)).exists()
    assert connection.in_atomic_block
    with transaction.atomic():
        Lease.objects.update(expires_at=from_now(-0.001))
    assert Lease.objects.filter(expires_at__lte=Now()).exists()

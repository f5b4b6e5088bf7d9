"""A database, mostly admin's, dies, hangs or refuses to be written: no half write, every answer in bounded time."""

import pytest

from tests.e2e.figures import Figures
from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.lab.servers import down, paused
from tests.faults.writing import Clients, create

# A request meets two timeouts: of the connection that it has, then of the one that it makes in its place.
BUSY_SECONDS = 5  # of a machine, on top


@pytest.mark.smoke
@pytest.mark.fault("F4")
def test_writes_are_answered_503_while_the_database_is_dead_and_what_was_answered_201_is_kept(lab: Lab) -> None:
    with Clients(lab) as clients:
        clients.reach(201, 100)
        with down(lab.servers.admin_database, by="kill"):
            clients.reach(503, 20)
            lab.relay.wait_says("relay waits for database")
        clients.reach(201, 100)
    assert clients.statuses.keys() == {201, 503}


@pytest.mark.fault("F5")
@pytest.mark.parametrize("web", ["admin", "service"])
@pytest.mark.parametrize(
    ("seconds", "query"),
    [
        pytest.param(2, "?read_timeout=2&connect_timeout=2", id="timeouts of 2 s"),
        pytest.param(10, "", id="its usual timeouts"),
    ],
)
def test_requests_to_a_database_that_hangs_end_in_bounded_time_and_free_their_workers(
    lab: Lab, measured: Figures, web: str, seconds: int, query: str
) -> None:
    program, database, is_reading, good = {
        "admin": (lab.admin_web, lab.servers.admin_database, False, 201),
        "service": (lab.service_web, lab.servers.service_database, True, 200),
    }[web]
    if query:
        program.restart(DATABASE_URL=f"{lab.settings[f'{web.upper()}_DATABASE_URL']}{query}")
    with Clients(lab, clients=2, is_reading=is_reading) as clients:
        clients.reach(good, 10)
        with paused(database):
            clients.reach(503, 2)
        clients.reach(good, 10)
    assert clients.statuses.keys() == {good, 503}
    longest = max(answer.seconds for answer in clients.answers)
    measured.add(f"seconds of the longest request while {web}'s database hung", f"{longest:.1f}")
    assert longest < 2 * seconds + BUSY_SECONDS


FULL = """
CREATE TRIGGER disk_is_full BEFORE INSERT ON outbox_outboxevent FOR EACH ROW
    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table ''outbox_outboxevent'' is full'
"""


def assert_refused(lab: Lab) -> None:
    answer = lab.admin.request("POST", "/api/products", {"title": "Lamp"})
    assert answer.status == 503
    assert "Try again" in answer.json["detail"]


@pytest.mark.fault("F10")
def test_a_database_that_is_read_only_is_a_503_and_the_relay_waits_for_it(lab: Lab) -> None:
    create(lab, 3)
    relay = lab.relay.pids
    lab.servers.admin_database.execute("SET GLOBAL read_only = 1")
    try:
        assert_refused(lab)
        lab.admin.assert_ready()  # it can be read
        lab.relay.wait_says("relay waits for database", times=4)
        assert_refused(lab)
    finally:
        lab.servers.admin_database.execute("SET GLOBAL read_only = 0")
    create(lab, 3)
    assert lab.relay.pids == relay


@pytest.mark.fault("F10")
def test_a_database_that_is_full_is_a_503_and_leaves_no_change_without_its_event(lab: Lab) -> None:
    before = lab.admin.count()
    sql.execute(lab.admin_database_url, FULL)
    try:
        assert_refused(lab)
        assert lab.admin.count() == before
    finally:
        sql.execute(lab.admin_database_url, "DROP TRIGGER disk_is_full")
    create(lab, 3)

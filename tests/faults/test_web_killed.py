"""Admin's web is killed at every point of a write: no change is without its event, no event without its change."""

import pytest

from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.writing import create

COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper.commit"
WRITES = 3


def write(lab: Lab, failpoint: str) -> tuple[list[str], int]:
    """Creates, changes and deletes with a web that is killed each time; what then is there, and how many answers."""
    changed, deleted = create(lab, 2)
    for product in (changed, deleted):
        del lab.written[product["id"]]  # nobody knows what becomes of them
    lab.admin_web.restart(failpoint=failpoint)
    answers = 0
    for method, path, content in (
        ("POST", "/api/products", {"title": f"Made {changed['id']}"}),
        ("PUT", f"/api/products/{changed['id']}", {"title": f"Changed {changed['id']}"}),
        ("DELETE", f"/api/products/{deleted['id']}", None),
    ):
        try:
            answers += lab.admin.request(method, path, content).status // 100 == 2
        except ConnectionError:
            continue
    lab.admin_web.wait_says("failpoint ", times=WRITES)
    titles = "SELECT title FROM catalogue_product WHERE title IN (%s, %s) OR id = %s ORDER BY title"
    wanted = f"Made {changed['id']}", f"Changed {changed['id']}", deleted["id"]
    return [title for (title,) in sql.rows(lab.admin_database_url, titles, *wanted)], answers


POINTS = [
    pytest.param("rest_framework.views:APIView.initial:after:1-3", [], 0, id="before the change"),
    pytest.param(
        "outbox.writer:write:before:1-3", [], 0, id="between the change and its event", marks=pytest.mark.smoke
    ),
    pytest.param(f"{COMMIT}:before:1-3", [], 0, id="before the commit", marks=pytest.mark.smoke),
    pytest.param(f"{COMMIT}:after:1-3", ["Changed", "Made"], 0, id="after the commit", marks=pytest.mark.smoke),
    pytest.param("rest_framework.response:Response.close:after:1-3", ["Changed", "Made"], 3, id="after the answer"),
]


@pytest.mark.fault("F3")
@pytest.mark.parametrize(("failpoint", "done", "answered"), POINTS)
def test_a_web_killed_in_the_middle_leaves_change_and_event_or_neither(
    lab: Lab, failpoint: str, done: list[str], answered: int
) -> None:
    titles, answers = write(lab, failpoint)
    assert [title.split()[0] for title in titles] == (done or ["Lamp"])
    assert answers == answered

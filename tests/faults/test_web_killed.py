"""Admin's web is killed at every point of a write: no change is without its event, no event without its change."""

import pytest

from tests.faults.lab import sql
from tests.faults.lab.lab import Lab
from tests.faults.writing import create

COMMIT = "django.db.backends.base.base:BaseDatabaseWrapper.commit"
UNDONE = {
    "before the change": "rest_framework.views:APIView.initial:after:1-3",
    "between the change and its event": "outbox.writer:write:before:1-3",
    "before the commit": f"{COMMIT}:before:1-3",
}
DONE = {
    "after the commit": f"{COMMIT}:after:1-3",
    "after the answer": "rest_framework.response:Response.close:after:1-3",
}
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


@pytest.mark.smoke
@pytest.mark.fault("F3")
@pytest.mark.parametrize("failpoint", UNDONE.values(), ids=UNDONE)
def test_a_web_killed_before_its_commit_leaves_neither_change_nor_event(lab: Lab, failpoint: str) -> None:
    titles, answers = write(lab, failpoint)
    assert titles == ["Lamp 1"]
    assert answers == 0


@pytest.mark.smoke
@pytest.mark.fault("F3")
@pytest.mark.parametrize(("failpoint", "wanted"), list(zip(DONE.values(), [0, WRITES], strict=True)), ids=DONE)
def test_a_web_killed_after_its_commit_leaves_change_and_event(lab: Lab, failpoint: str, wanted: int) -> None:
    titles, answers = write(lab, failpoint)
    assert [title.split()[0] for title in titles] == ["Changed", "Made"]
    assert answers == wanted

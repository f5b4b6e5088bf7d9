from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from jobs.models import Job

from tests.conftest import browser, person

MAY_IMPORT = ("add_job", "add_product", "change_product")


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """The numbers on top are remembered for two seconds; the next test has others."""
    cache.clear()


@pytest.fixture
def viewer(db: None) -> Client:
    return browser(person("eve", may=("view_job",)))


@pytest.fixture
def operator(db: None) -> Client:
    return browser(person("ada", may=("view_job", "work_job", *MAY_IMPORT)))


@pytest.fixture
def job(db: None) -> Callable[..., Job]:
    def make(**fields: Any) -> Job:
        queue = "checks" if fields.get("kind") == "drift check" else "imports"
        return Job.objects.create(**{"kind": "import", "queue": queue, "label": "lamps.csv", "by": "ann"} | fields)

    return make


def shown(answer: Any) -> str:
    """The text of a page, which must be one; of a redirect, nothing."""
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.content.decode())


def told(client: Client, answer: Any) -> str:
    """The page to which the answer leads."""
    assert answer.status_code == 302, answer.status_code
    return shown(client.get(answer.headers["Location"]))

"""The database is away: a page says so in words. A locked one is tested on service, which has the same code."""

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.conftest import browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/admin/", "/admin/catalogue/product/?q=%22%3E%3Cscript%3E", "/admin/auth/user/"])
def test_without_the_database_every_page_is_one_in_words(boss: User, path: str) -> None:
    page = browser(boss)
    nowhere = {"NAME": "/nowhere/a.sqlite3"} if connection.vendor == "sqlite" else {"HOST": "127.0.0.1", "PORT": "1"}
    kept = {name: connection.settings_dict[name] for name in nowhere}
    connection.close()
    connection.settings_dict.update(nowhere)
    try:
        answer = page.get(path)
    finally:
        connection.close()
        connection.settings_dict.update(kept)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database does not answer" in answer.content.decode()
    assert "<script" not in answer.content.decode()

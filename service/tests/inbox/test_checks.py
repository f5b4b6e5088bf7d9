"""A database that cannot hold every text is refused before it has tables."""

from collections.abc import Iterator

import pytest
from django.core.checks import Error
from django.db import connection
from inbox.checks import holds_every_text


@pytest.fixture
def latin1(transactional_db: None) -> Iterator[None]:
    """Where the database has such a thing: the test's own, for the moment."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute(f"ALTER DATABASE `{name}` CHARACTER SET latin1")
        yield
        if connection.vendor == "mysql":
            cursor.execute(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4")


def test_a_database_in_latin1_is_refused_with_its_mend(latin1: None) -> None:
    found = holds_every_text(databases=["default"])
    assert [type(message) for message in found] == ([Error] if connection.vendor == "mysql" else [])
    assert all("ALTER DATABASE" in str(message.hint) for message in found)


@pytest.mark.django_db
def test_the_tests_own_database_is_taken() -> None:
    assert holds_every_text(databases=["default"]) == []

import pytest
from django.core.checks import run_checks
from django.db import connection

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return [f"{message.msg} {message.hint}" for message in run_checks(databases=["default"]) if message.id]


def test_a_database_that_holds_every_text_is_fine() -> None:
    assert found() == []


def test_a_database_that_cannot_hold_every_text_is_refused_with_its_mend() -> None:
    """Only MariaDB and MySQL have such ones."""
    if connection.vendor != "mysql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET character_set_database = latin1")
    try:
        (said,) = found()
        assert "latin1, not utf8mb4" in said
        assert "ALTER DATABASE" in said
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET character_set_database = utf8mb4")

"""Admin's command line as its users meet it: a process, its exit code, and one line."""

import re

import pytest

from tests.support import ended, manage

SECRET = "hunter2"
ONE_LINE = re.compile(r"admin: [^\n]+\n")


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["check"], {}, "SECRET_KEY"),
        (["check"], {"DEBUG": "1", "DATABASE_URL": f"mysql://u:{SECRET}/x@db/admin"}, "DATABASE_URL"),
        (["check"], {"DEBUG": "1", "LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        (["relay"], {"DEBUG": "1", "DATABASE_URL": "sqlite:////nowhere/a"}, "BROKER_URL"),
        (["relay"], {"DEBUG": "1", "BROKER_URL": f"amqp://u:{SECRET}@broker/?heartbeat=often"}, "BROKER_URL"),
    ],
    ids=["no secret key", "odd password", "log level", "relay without a broker", "odd broker parameter"],
)
def test_what_waiting_cannot_mend_ends_with_2_and_one_line(
    arguments: list[str], environment: dict[str, str], named: str
) -> None:
    code, output = ended(manage(*arguments, **environment))
    assert code == 2
    assert ONE_LINE.fullmatch(output)
    assert named in output
    assert SECRET not in output


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/a.sqlite3", f"mysql://u:{SECRET}@127.0.0.1:1/a", f"postgres://u:{SECRET}@127.0.0.1:1/a"]
)
def test_a_database_that_does_not_answer_ends_with_1_and_one_line(url: str) -> None:
    code, output = ended(manage("migrate", DEBUG="1", DATABASE_URL=url, BROKER_URL="amqp://broker"))
    assert code == 1
    assert ONE_LINE.fullmatch(output)
    assert "DATABASE_URL" in output
    assert SECRET not in output


def test_outside_development_strangers_are_kept_out() -> None:
    request = "from rest_framework.test import APIClient; print(APIClient().get('/api/products').status_code)"
    code, output = ended(
        manage("shell", "-v0", "-c", request, SECRET_KEY="abcde" * 10, ALLOWED_HOSTS="testserver", HTTPS="0")
    )
    assert (code, output.split()[-1]) == (0, "401")

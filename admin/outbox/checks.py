"""Refused by `migrate`, before there is a table that cannot hold what events say."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def holds_every_text(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """MariaDB before 11 makes databases in latin1, which takes no emoji and no Cyrillic."""
    found: list[CheckMessage] = []
    for connection in (connections[alias] for alias in databases or () if connections[alias].vendor == "mysql"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT DATABASE(), @@character_set_database")
            name, charset = cursor.fetchone()
        if charset != "utf8mb4":
            hint = f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4; before it has tables."
            found.append(Error(f"Database {name} is in {charset}, not utf8mb4.", hint=hint, id="lockstep.E001"))
    return found

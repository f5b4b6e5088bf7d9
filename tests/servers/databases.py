"""What the database servers have in common: making databases."""

import re
from abc import abstractmethod
from typing import ClassVar
from urllib.parse import urlsplit

from tests.servers.server import Server

NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")  # safe in SQL as it is


class Databases(Server):
    """Any database server, whoever runs it. Its own URL names no database, and its user may make some."""

    create_statement: ClassVar[str]
    drop_statement: ClassVar[str]

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Run one statement, in no particular database."""

    def create_database(self, name: str) -> str:
        """The URL of a new, empty database."""
        if not NAME.fullmatch(name):
            raise ValueError(f"not a database name: {name!r}")
        self.execute(self.create_statement.format(name=name))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        self.execute(self.drop_statement.format(name=name))

    def url_of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

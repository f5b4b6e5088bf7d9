"""Django's backend for MariaDB and MySQL with fewer round trips: four for a transaction of two statements, not six."""

import select

from django.db.backends.mysql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The session is in autocommit mode for good: BEGIN opens a transaction, and its end is the end of it."""

    def get_connection_params(self) -> dict[str, object]:
        return super().get_connection_params() | {"autocommit": True}

    def is_usable(self) -> bool:
        """Whether the server has hung up, as one does that was stopped: seen without asking it, which Django does.

        After an error it is asked: the client may have closed the socket, whose number is another's by now.
        """
        if self.errors_occurred:
            return bool(super().is_usable())
        poll = select.poll()
        try:
            poll.register(self.connection.fileno(), select.POLLIN)
        except self.Database.Error:  # the client has given the socket up
            return False
        return not poll.poll(0)

    def _set_autocommit(self, autocommit: bool) -> None:
        """Django calls this where a transaction begins, and behind its COMMIT or ROLLBACK."""
        if not autocommit:
            with self.wrap_database_errors:
                self.connection.query("BEGIN")

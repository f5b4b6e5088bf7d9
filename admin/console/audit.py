"""Who did what: each action of an operator leaves an entry, whichever way it was taken."""

import contextlib
import getpass
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from access.models import Token
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from console.models import AuditEntry, Via

LONGEST_NAME, LONGEST_TEXT = 200, 1000
BATCH = 500


def record(*, actor: str, via: Via, action: str, target: str, said: str = "") -> None:
    """Within the transaction of what was done, where that is in this database."""
    record_many(actor=actor, via=via, action=action, targets=[target], said=said)


def record_many(*, actor: str, via: Via, action: str, targets: Iterable[str], said: str = "") -> None:
    """The same, done to each of the targets."""
    now = timezone.now()
    entries = [
        AuditEntry(
            at=now,
            actor=actor[:LONGEST_NAME],
            via=via,
            action=action[:64],
            target=target[:LONGEST_NAME],
            said=said[:LONGEST_TEXT],
        )
        for target in targets
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH)


def by_user(request: HttpRequest, *, action: str, target: str, said: str = "") -> None:
    """In the console."""
    record(actor=request.user.get_username(), via=Via.CONSOLE, action=action, target=target, said=said)


def by_user_to(request: HttpRequest, objects: Iterable[models.Model], *, action: str, said: str = "") -> None:
    """In the console, to each of these."""
    targets = [_named(obj) for obj in objects]
    record_many(actor=request.user.get_username(), via=Via.CONSOLE, action=action, targets=targets, said=said)


def by_api(request: Request, *, action: str, target: str, said: str = "") -> None:
    """Over HTTP, by a program or by a person's session."""
    record(actor=caller(request), via=Via.API, action=action, target=target, said=said)


def by_command(*, action: str, target: str, said: str = "") -> None:
    """On the command line: its user and machine are all that is known of who it was."""
    record(actor=operator(), via=Via.COMMAND, action=action, target=target, said=said)


@contextlib.contextmanager
def noted(
    note: Callable[..., None], *, action: str, target: str, is_long: bool, meant: str = ""
) -> Iterator[list[str]]:
    """What is done within leaves an entry that says what was put into the list; `note` is one of the above.

    Something short and its entry are one transaction: neither is there without the other. Something long, which
    commits as it goes, has an entry "begin …" before it, and one "end …" behind it, however it ends.
    """
    said: list[str] = []
    if not is_long:
        with transaction.atomic():
            yield said
            note(action=action, target=target, said="; ".join(said))
        return
    note(action=f"begin {action}", target=target, said=meant)
    try:
        yield said
    except BaseException:
        said.append("cut short")
        raise
    finally:
        note(action=f"end {action}", target=target, said="; ".join(said))


def caller(request: Request) -> str:
    """Who asks the API; in development that may be anybody."""
    if isinstance(request.auth, Token):
        return f"token {request.auth.name}"
    return request.user.get_username() or "anonymous"


def operator() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        user = "nobody"
    return f"{user}@{socket.gethostname()}"


class Audited:
    """A mixin for ModelAdmins: what Django notes in an object's history is an entry of the audit too."""

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        by_user_to(request, [obj], action="add")
        return super().log_addition(request, obj, message)  # type: ignore[misc,no-any-return]

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        entry: LogEntry = super().log_change(request, obj, message)  # type: ignore[misc]
        by_user_to(request, [obj], action="change", said=entry.get_change_message())
        return entry

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> Any:
        by_user_to(request, queryset, action="delete")
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def _named(obj: models.Model) -> str:
    return f"{obj._meta.verbose_name} {obj.pk}: {obj}"

"""The dead letters by what they have in common, and one by one."""

from typing import Any

from config.printable import printable
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from inbox import queries
from inbox.models import DeadLetter, Reason, Run
from inbox.pages.doors import LEVELS, page, product_url, seeing
from inbox.pages.filters import FilterForm, in_words
from inbox.pages.following import told
from inbox.queries import Wanted

GROUPS_A_PAGE, LETTERS_A_PAGE = 20, 50
RUNS = 5
SHOWN = 300  # characters of an error in a list


@seeing
@require_safe
def groups(request: HttpRequest) -> HttpResponseBase:
    found = _page(request, queries.groups(DeadLetter.objects.all()), GROUPS_A_PAGE)
    summary = queries.summary()
    return page(
        request,
        "groups",
        title="Dead letters",
        is_first=True,
        groups=[_group(group) for group in found],
        found=found,
        summary=summary,
        by_reason=[(reason, number, LEVELS.get(reason, "unknown")) for reason, number in summary["by_reason"].items()],
        retryable=summary["total"] - summary["by_reason"].get(Reason.GIVEN_UP, 0),
        runs=[told(run) for run in Run.objects.all()[:RUNS]],
    )


@seeing
@require_safe
def letters(request: HttpRequest) -> HttpResponseBase:
    form = FilterForm(request.GET)
    meant = form.wanted if form.is_valid() else None
    letters = meant.letters if meant else DeadLetter.objects.none()
    found = _page(request, letters.defer("body", "headers").order_by("-id"), LETTERS_A_PAGE)
    return page(
        request,
        "letters",
        title="Letters of one cause" if form.cause is not None else "All letters",
        form=form,
        found=found,
        rows=[_row(letter) for letter in found],
        words=in_words(meant) if meant else "",
        is_all=meant is not None and meant.is_everything,
        query=form.query if meant else "",
        **_of_cause(form.cause, meant),
    )


def _group(group: dict[str, Any]) -> dict[str, Any]:
    """Its reason stands beside it, and need not stand before it too."""
    reason = group["reason"]
    return group | {
        "level": LEVELS.get(reason, "unknown"),
        "name": group["cause"].removeprefix(f"{reason}: "),
        "is_mended_here": reason in (Reason.UNKNOWN_TYPE, Reason.UNPROCESSABLE),
    }


def _row(letter: DeadLetter) -> dict[str, Any]:
    """Somebody else's texts, spelled out and cut."""
    event_type = printable(letter.event_type)
    return {
        "letter": letter,
        "level": LEVELS.get(letter.reason, "unknown"),
        "type": event_type,
        "short_type": event_type.removeprefix(f"{settings.INBOX.type_prefix}."),
        "subject": printable(letter.subject),
        "product_url": product_url(letter.subject),
        "error": printable(letter.error[:SHOWN]),
    }


def _of_cause(cause: str | None, wanted: Wanted | None) -> dict[str, Any]:
    """What is told of a group above its letters."""
    if cause is None or wanted is None:
        return {}
    group = queries.groups(DeadLetter.objects.filter(cause=cause)).first()
    return {"group": _group(group) if group else None}


def _page(request: HttpRequest, rows: QuerySet[Any, Any], size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("p"))

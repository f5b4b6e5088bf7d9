"""One letter: all of it, beside the copy's row, and what may be done with it."""

import json
from typing import Any
from urllib.parse import urlencode

from config.printable import printable
from console.audit import by_user
from console.words import counted
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from inbox import retrying
from inbox.envelope import MAX_NUMBER
from inbox.models import DeadLetter, Reason
from inbox.pages import bodies
from inbox.pages.doors import LEVELS, link, page, product_url, seeing, working
from inbox.retrying import GONE, Retrier
from inbox.routing import Outcome, Router
from inbox.transactions import DatabaseUnavailable

WORDS = {
    Outcome.APPLIED: (messages.SUCCESS, "was applied"),
    Outcome.DUPLICATE: (messages.SUCCESS, "is closed: the copy had it"),
    Outcome.STALE: (messages.SUCCESS, "is closed: the copy is newer"),
    Outcome.REJECTED: (messages.ERROR, "was rejected again and stays"),
    "stays": (messages.WARNING, "stays"),
    GONE: (messages.INFO, "is gone"),
}
LONGEST = 300


@seeing
@require_safe
def letter(request: HttpRequest, letter_id: int) -> HttpResponseBase:
    found = _found(letter_id)
    return page(
        request,
        "letter",
        title=f"Dead letter {found.id}",
        letter=found,
        level=LEVELS.get(found.reason, "unknown"),
        others=DeadLetter.objects.filter(cause=found.cause).count() - 1,
        body=bodies.body(found),
        is_given_up=found.reason == Reason.GIVEN_UP,
        trace_id=found.trace_id,
        product_url=product_url(found.subject),
        **_in_words(found),
        **_foreseen(found),
        **_beside(found),
    )


@seeing
@require_safe
def raw(request: HttpRequest, letter_id: int) -> HttpResponse:
    """The body as it came, to be saved and not to be shown."""
    answer = HttpResponse(bytes(_found(letter_id).body), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="dead-letter-{letter_id}.bin"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@working
@require_POST
def retry(request: HttpRequest, letter_id: int) -> HttpResponseBase:
    try:
        with transaction.atomic():
            found = DeadLetter.objects.select_for_update().filter(id=_bounded(letter_id)).first()
            if found is not None:
                done = Retrier(may_kill=False).retry(found)
                _note(request, found, action="retry dead letter", said=f"{done.outcome}: {done.said}")
    except DatabaseUnavailable as error:
        messages.error(request, f"Nothing was done, and nothing is lost: {error} Try again when it answers.")
        return HttpResponseRedirect(link("change", letter_id))
    if found is None:
        messages.info(request, f"Dead letter {letter_id} is gone: somebody has worked it.")
        return HttpResponseRedirect(link("changelist"))
    level, words = WORDS[done.outcome]
    messages.add_message(request, level, f"Dead letter {letter_id} {words}: {_say(done.said)}.")
    return _onward(found)


@working
@require_POST
def discard(request: HttpRequest, letter_id: int) -> HttpResponseBase:
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, "Say why it is discarded: the audit keeps it.")
        return HttpResponseRedirect(link("change", letter_id))
    with transaction.atomic():
        found = DeadLetter.objects.select_for_update().filter(id=_bounded(letter_id)).first()
        if found is not None:
            retrying.discard(found)
            _note(request, found, action="discard dead letter", said=f"why: {why}")
    if found is None:
        messages.info(request, f"Dead letter {letter_id} is gone: somebody has worked it.")
        return HttpResponseRedirect(link("changelist"))
    messages.success(request, f"Dead letter {letter_id} was discarded.")
    return _onward(found)


def _note(request: HttpRequest, letter: DeadLetter, *, action: str, said: str) -> None:
    of = f"{letter.reason}, {letter.event_type or 'no type'}, product {letter.subject or 'unknown'}"
    by_user(request, action=action, target=f"dead letter {letter.id}", said=printable(f"{said} ({of})"))


def _onward(letter: DeadLetter) -> HttpResponseRedirect:
    """To the letter where it is still there, else to what is left of its group, else to all groups."""
    if DeadLetter.objects.filter(id=letter.id).exists():
        return HttpResponseRedirect(link("change", letter.id))
    if DeadLetter.objects.filter(cause=letter.cause).exists():
        return HttpResponseRedirect(f"{link('letters')}?{urlencode({'cause': letter.cause})}")
    return HttpResponseRedirect(link("changelist"))


def _in_words(letter: DeadLetter) -> dict[str, Any]:
    """What others wrote, spelled out; lines stay lines where there may be some."""
    headers = json.dumps(letter.headers, indent=2, ensure_ascii=False)
    return {
        "error": "\n".join(map(printable, letter.error.split("\n"))),
        "headers": "\n".join(map(printable, headers.split("\n"))),
        "type": printable(letter.event_type),
        "event_id": printable(letter.event_id),
        "subject": printable(letter.subject),
    }


def _foreseen(letter: DeadLetter) -> dict[str, Any]:
    foreseen = Retrier(may_kill=False).foresee(letter)
    is_same = foreseen.said == f"{letter.reason}: {letter.error}"
    return {
        "foreseen": foreseen.outcome,
        "foreseen_said": "the same error again" if is_same else _say(foreseen.said),
        "helps": foreseen.outcome not in (Outcome.REJECTED, "stays"),
    }


def _beside(letter: DeadLetter) -> dict[str, Any]:
    current = Router().current(event_type=letter.event_type, subject=letter.subject)
    rows = bodies.beside(letter, current)
    differing = sum(row.differs for row in rows)
    return {
        "rows": rows,
        "has_copy": current is not None,
        "has_event": any(row.event is not None for row in rows),
        "differing": f"{counted(differing, 'field')} {'differs' if differing == 1 else 'differ'}" if differing else "",
    }


def _found(letter_id: int) -> DeadLetter:
    return get_object_or_404(DeadLetter, id=_bounded(letter_id))


def _bounded(letter_id: int) -> int:
    if letter_id > MAX_NUMBER:
        raise Http404
    return letter_id


def _say(text: Any) -> str:
    line = printable(str(text))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"

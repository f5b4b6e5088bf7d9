"""Letters as a file of JSON lines, as they are read: however many, they are never in memory together."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from inbox.models import DeadLetter
from inbox.pages.doors import page, seeing
from inbox.pages.filters import FilterForm, in_words

MOST = 5000  # in one file: a web process that sends for half a minute is taken for hung, and ended
AT_ONCE = 10  # a body may have 4 MiB
PARTS = 40  # that are offered


@seeing
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The file; or, of more than one holds, its parts to choose from."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        raise Http404
    letters, said = form.wanted.letters.order_by("id"), request.GET.get("part", "")
    total = letters.count()
    if not said and total > MOST:
        return _offer(request, form, total)
    part = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1
    ids = list(letters.values_list("id", flat=True)[MOST * max(0, part - 1) : MOST * max(1, part)])
    name = f"dead-letters-{timezone.now():%Y%m%d-%H%M%S}-{max(1, part)}.jsonl"
    return StreamingHttpResponse(
        _lines(ids),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _offer(request: HttpRequest, form: FilterForm, total: int) -> HttpResponseBase:
    starts = range(0, total, MOST)
    parts = [(start // MOST + 1, start + 1, min(total, start + MOST)) for start in starts][:PARTS]
    return page(
        request, "export", title="Export", query=form.query, words=in_words(form.wanted), total=total, parts=parts,
        left=max(0, total - MOST * PARTS), most=MOST,
    )  # fmt: skip


def _lines(ids: list[int]) -> Iterator[str]:
    for start in range(0, len(ids), AT_ONCE):
        page: QuerySet[DeadLetter] = DeadLetter.objects.filter(id__in=ids[start : start + AT_ONCE]).order_by("id")
        for letter in page:
            yield json.dumps(_told(letter), default=str) + "\n"


def _told(letter: DeadLetter) -> dict[str, Any]:
    """All columns; the body as it is, and as text where it is one."""
    found = {field.name: getattr(letter, field.name) for field in DeadLetter._meta.concrete_fields}
    content = bytes(found.pop("body"))
    try:
        text: str | None = content.decode()
    except UnicodeDecodeError:
        text = None
    return found | {"body": text, "body_base64": base64.b64encode(content).decode()}

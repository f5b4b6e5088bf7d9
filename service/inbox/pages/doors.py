"""Who may see dead letters and who may work them, and what each of their pages is given."""

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from inbox.models import Reason

SEE, WORK = "inbox.view_deadletter", "inbox.work_deadletter"
View = Callable[..., HttpResponseBase]
# In words, what each reason asks for.
ADVICE = {
    Reason.UNREADABLE: "Not JSON, or not UTF-8: no retry mends that. See in its headers who sent it, let admin "
    "publish the product anew, then discard it.",
    Reason.INVALID: "It breaks the contract. Mend whoever wrote it, let admin publish the product anew, then discard "
    "it. If it is service that is too old, upgrade it, then retry.",
    Reason.UNKNOWN_TYPE: "Nothing here handles this type or major version. Upgrade service, or set INBOX_TYPE_PREFIX "
    "to what admin has as OUTBOX_TYPE_PREFIX, then retry.",
    Reason.UNPROCESSABLE: "It is valid, but could not be stored. Mend what the error names, then retry.",
    Reason.GIVEN_UP: "It came too often without being finished, so it may be what killed the consumer. It is not "
    "retried here. Read the consumer's log, mend it, then retry on the command line.",
}
LEVELS = dict.fromkeys(Reason.values, "warn") | {Reason.GIVEN_UP: "bad"}


def seeing(view: View) -> View:
    return _guarded(view, (SEE,))


def working(view: View) -> View:
    return _guarded(view, (SEE, WORK))


def _guarded(view: View, permissions: Sequence[str]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        return view(request, *args, **options)

    return admin.site.admin_view(guarded)


def page(request: HttpRequest, name: str, *, title: str, is_first: bool = False, **context: Any) -> TemplateResponse:
    crumbs = [] if is_first else [("Dead letters", link("changelist"))]
    shared = {
        **admin.site.each_context(request),
        "title": title,
        "crumbs": crumbs,
        "may_work": request.user.has_perm(WORK),
        "advice": ADVICE,
    }
    return TemplateResponse(request, f"inbox/{name}.html", shared | context)


def link(name: str, *args: object) -> str:
    return reverse(f"admin:inbox_deadletter_{name}", args=args)


def product_url(subject: str) -> str:
    """The page with both sides of a product; empty where the subject is no product's id."""
    if not re.fullmatch("[1-9][0-9]{0,17}", subject):
        return ""
    return reverse("console:product", args=[int(subject)])

"""What no database takes (NUL in a text, a moment beyond all years, a number too large) is no server error on a page.

Django lets it come as far as the database, or the driver, where it is in a filter or an id.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.db import DataError
from django.db.models import IntegerField
from django.http import Http404, HttpRequest, HttpResponseRedirect

SENSELESS = (OverflowError, DataError, ValueError)


def text(given: str) -> str:
    """What somebody has typed, without what surrounds it and what no database stores."""
    return given.replace("\0", "").strip()


class Guarded:
    """A mixin for ModelAdmins, before all others."""

    model: Any

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        try:
            return super().changelist_view(request, *args, **options)  # type: ignore[misc]
        except SENSELESS as error:
            _raise_bug(error)
            messages.error(request, "This filter makes no sense.")
            return HttpResponseRedirect(request.path)

    def changeform_view(self, *args: Any, **options: Any) -> Any:
        return _found(super().changeform_view, *args, **options)  # type: ignore[misc]

    def delete_view(self, *args: Any, **options: Any) -> Any:
        return _found(super().delete_view, *args, **options)  # type: ignore[misc]

    def history_view(self, *args: Any, **options: Any) -> Any:
        return _found(super().history_view, *args, **options)  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """PostgreSQL would end the transaction over it."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)  # type: ignore[misc]

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """What can be no key was not chosen."""
        chosen = request.POST.copy()
        name = helpers.ACTION_CHECKBOX_NAME
        is_number = isinstance(self.model._meta.pk, IntegerField)
        keys = [key for key in map(str, chosen.getlist(name)) if (is_id(key) if is_number else "\0" not in key)]
        chosen.setlist(name, keys)
        request.POST = chosen  # type: ignore[assignment]
        return super().response_action(request, *args, **options)  # type: ignore[misc]


def is_id(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,19}", text)) and int(text) < 2**63


def _found(view: Callable[..., Any], *args: Any, **options: Any) -> Any:
    try:
        return view(*args, **options)
    except SENSELESS as error:
        _raise_bug(error)
        raise Http404("There is no such thing, nor can there be one.") from error


def _raise_bug(error: Exception) -> None:
    """A ValueError that is not about NUL is a bug of ours."""
    if isinstance(error, ValueError) and "NUL" not in str(error):
        raise error

"""Which letters a page means: its query string as a filter, in words, and as a query string again."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from console.words import counted, duration
from django import forms
from django.http import QueryDict

from inbox.envelope import MAX_NUMBER
from inbox.models import Reason
from inbox.queries import Wanted

MOST_IDS = 500
AGES = [
    ("", "any time"),
    ("newer-1", "in the last hour"),
    ("newer-24", "in the last day"),
    ("newer-168", "in the last week"),
    ("older-1", "more than an hour ago"),
    ("older-24", "more than a day ago"),
    ("older-168", "more than a week ago"),
    ("older-720", "more than a month ago"),
]


class FilterForm(forms.Form):
    """What is wrong in it means nothing at all: a filter must never mean more than it says."""

    text = forms.CharField(required=False, max_length=200, label="Search")
    reason = forms.ChoiceField(required=False, choices=[("", "any"), *((r.value, r.value) for r in Reason)])
    type = forms.CharField(required=False, max_length=255)
    product = forms.CharField(required=False, max_length=255)
    age = forms.ChoiceField(required=False, choices=AGES, label="Last seen")

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.cause = data.get("cause")
        self._ids = data.getlist("id")
        for field in self.fields.values():
            field.widget.attrs["class"] = "ls-input"
        self.fields["text"].widget.attrs["placeholder"] = "error, type, event or letter id"
        self.fields["type"].widget.attrs["placeholder"] = "product.updated.v1"
        self.fields["product"].widget.attrs["placeholder"] = "id"

    def clean(self) -> dict[str, Any]:
        if len(self._ids) > MOST_IDS or not all(map(_is_id, self._ids)):
            raise forms.ValidationError(f"Letters are chosen by at most {MOST_IDS} ids.")
        if self.cause is not None and "\x00" in self.cause:
            raise forms.ValidationError("No cause holds a NUL.")
        return cast(dict[str, Any], super().clean())

    @property
    def wanted(self) -> Wanted:
        """Of a valid form."""
        said = self.cleaned_data
        way, _, hours = said["age"].partition("-")
        age = timedelta(hours=int(hours)) if way else None
        return Wanted(
            ids=[int(id) for id in self._ids],
            cause=self.cause,
            reason=said["reason"],
            type=said["type"],
            product=said["product"],
            text=said["text"],
            older_than=age if way == "older" else None,
            newer_than=age if way == "newer" else None,
        )

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What it says, to be said again in a link or a form. Only of a valid form."""
        said = [(name, value) for name, value in self.cleaned_data.items() if value]
        if self.cause is not None:
            said.append(("cause", self.cause))
        return said + [("id", id) for id in self._ids]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_NUMBER


def in_words(wanted: Wanted) -> str:
    """For a question and for the audit: "of the cause “…”, about product 7"."""
    parts = [f"{counted(len(wanted.ids), 'letter')} chosen by id"] * bool(wanted.ids)
    if wanted.cause is not None:
        parts.append(f"of the cause “{wanted.cause}”")
    named = {"of the reason": wanted.reason, "of the type": wanted.type, "about product": wanted.product}
    parts += [f"{name} {value}" for name, value in named.items() if value]
    parts += [f"that say “{wanted.text}”"] * bool(wanted.text)
    if wanted.older_than is not None:
        parts.append(f"last seen more than {duration(wanted.older_than.total_seconds())} ago")
    if wanted.newer_than is not None:
        parts.append(f"last seen in the last {duration(wanted.newer_than.total_seconds())}")
    return ", ".join(parts) or "all of them"

from typing import Any

from django import forms

from replica.check import LISTED
from replica.models import DriftCheck

HIGHEST = 2**63 - 1


class Wanted(forms.Form):
    """A run that is asked for. Of several kinds the last one counts: a checkbox after a hidden field asks for more."""

    kind = forms.ChoiceField(choices=DriftCheck.Kind)
    ids = forms.CharField(required=False)

    def clean_ids(self) -> list[int]:
        texts = [text.strip() for text in str(self.cleaned_data["ids"]).split(",") if text.strip()]
        if len(texts) > LISTED:
            raise forms.ValidationError(f"At most {LISTED:,} products at a time.")
        try:
            ids = list(dict.fromkeys(int(text) for text in texts if len(text) <= len(str(-HIGHEST))))
        except ValueError:
            ids = []
        if texts and (not ids or any(abs(id) > HIGHEST for id in ids)):
            raise forms.ValidationError("Products are named by their numbers, with commas in between.")
        return ids

    def said(self) -> str:
        found: Any = self.errors.get_json_data()
        return " ".join(error["message"] for errors in found.values() for error in errors)

import re
from typing import Any

from django import forms

from replica.check import LISTED
from replica.models import DriftCheck

HIGHEST = 2**63 - 1


class Wanted(forms.Form):
    """A run that is asked for. Of several kinds the last one counts: a checkbox after a hidden field asks for more."""

    kind = forms.ChoiceField(choices=DriftCheck.Kind)
    ids = forms.CharField(required=False, strip=False)  # blanks alone are not nothing

    def clean_ids(self) -> list[int]:
        """All of them, or none and an error: fewer would mean something else, and none means every product."""
        said = str(self.cleaned_data["ids"])
        texts = [text.strip() for text in said.split(",") if text.strip()]
        if len(texts) > LISTED:
            raise forms.ValidationError(f"At most {LISTED:,} products at a time.")
        if (said and not texts) or not all(map(_is_number, texts)):
            raise forms.ValidationError("Products are named by their numbers, with commas in between.")
        return list(dict.fromkeys(map(int, texts)))

    def said(self) -> str:
        found: Any = self.errors.get_json_data()
        return " ".join(error["message"] for errors in found.values() for error in errors)


def _is_number(text: str) -> bool:
    """Digits of ASCII alone, as many as the database takes; SQL may have left a product below zero."""
    return bool(re.fullmatch("-?[0-9]{1,19}", text)) and abs(int(text)) <= HIGHEST

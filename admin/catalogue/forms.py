from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from catalogue.models import Product


class Lines(forms.CharField):
    """Browsers send lines that end in CR LF: without this, saving an untouched text would be a change."""

    widget = UnfoldAdminTextareaWidget

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.to_python(initial), data)


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """`seen` is the version that the page was opened with: what others have changed since must not be overwritten."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    description = Lines(required=False, max_length=10_000)

    class Meta:
        model = Product
        fields = ("title", "sku", "price", "image", "description")
        labels = {"sku": "SKU"}
        help_texts = {
            "sku": "Unique when given.",
            "image": "The http or https address of a picture.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is None:
            del self.fields["seen"]
        else:
            self.fields["seen"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "seen" in self.fields and cleaned.get("seen") != self.instance.version:
            raise ValidationError(
                format_html(
                    'Somebody has changed this product since you opened it, so nothing was saved. <a href="{}" '
                    'class="font-semibold underline">Open it anew</a>: what you typed here is lost then.',
                    "",  # this page
                ),
                code="changed",
            )
        return cleaned

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "seen"}

"""What a list of products can be narrowed to; the same on both sides."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField, Q, QuerySet, TextField
from django.db.models.functions import Lower
from django.forms import DecimalField
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework import serializers

MAX_LENGTH = 200  # of what is looked for
MAX_WORDS = 10
PRICE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}

# Whatever the collation, letters are equal in both cases; SQLite, and PostgreSQL in C, know that of ASCII's alone.
CharField.register_lookup(Lower)
TextField.register_lookup(Lower)


class Given:
    """A filter without its value is a mistake of the caller's, who would be shown everything."""

    def to_python(self, value: Any) -> Any:
        if value == "":
            raise ValidationError("It has no value.", code="empty")
        return super().to_python(value)  # type: ignore[misc]


class PriceField(Given, DecimalField):
    pass


class MomentField(Given, IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        """What UTC cannot say, no database can be asked."""
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("This moment is before or after all years.", code="overflow") from error


class PriceFilter(filters.NumberFilter):
    field_class = PriceField


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class ProductFilter(filters.FilterSet):
    title = filters.CharFilter(method="by_title", max_length=MAX_LENGTH, label="Titles that contain this.")
    sku = filters.CharFilter(max_length=MAX_LENGTH, label="The product with this sku.")
    price_min = PriceFilter("price", "gte", label="At least so much.", **PRICE)
    price_max = PriceFilter("price", "lte", label="At most so much.", **PRICE)
    updated_since = MomentFilter("updated_at", "gte", label="Changed then or later.")
    search = filters.CharFilter(
        method="by_words", max_length=MAX_LENGTH, label="Each of these words is in title, description or sku."
    )

    def by_title(self, products: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        return products.filter(_contains("title", text))

    def by_words(self, products: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        words = text.split()
        if len(words) > MAX_WORDS:
            raise serializers.ValidationError({name: [f"Up to {MAX_WORDS} words."]})
        for word in words:
            products = products.filter(
                _contains("title", word) | _contains("description", word) | _contains("sku", word)
            )
        return products


def _contains(field: str, text: str) -> Q:
    """As it is written, for databases that know no other letters in both cases than ASCII's; or in any case."""
    return Q(**{f"{field}__contains": text}) | Q(**{f"{field}__lower__contains": text.lower()})

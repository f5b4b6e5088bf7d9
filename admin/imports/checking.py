"""What is wrong with an item, in the catalogue's own words; without a statement, however many there are."""

from collections.abc import Iterator
from typing import Any

import msgspec
from catalogue.serializers import ProductSerializer
from rest_framework.exceptions import ValidationError
from rest_framework.validators import UniqueValidator

from imports.asking import LONGEST_URL
from imports.items import Item, Unusable
from imports.matching import key_of

FIELDS = ("title", "description", "price", "image", "sku")
ODD_URL = f"url: It is longer than {LONGEST_URL:,} characters, or holds some that cannot be seen."
NO_KEY = "It has neither a sku nor a URL, by one of which the next import would find it again."


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An item that may be written."""

    where: str
    url: str
    key: str  # of its origin
    fields: dict[str, Any]  # that its source tells
    note: str = ""  # what was left out of it

    @property
    def sku(self) -> str | None:
        return self.fields.get("sku")

    @property
    def key_of_sku(self) -> str:
        """For one of several that share a URL, as variants do."""
        return key_of(url=None, sku=self.sku)


def check(item: Item) -> Checked | Unusable:
    told = {name: value for name in FIELDS if (value := getattr(item, name)) is not None}
    try:
        fields, note = _fields(told)
    except ValidationError as error:
        return Unusable(where=item.where, reason=" ".join(_words(error.detail)))
    url = item.url or ""
    if len(url) > LONGEST_URL or not url.isprintable():
        return Unusable(where=item.where, reason=ODD_URL)
    fields = {name: value for name, value in fields.items() if value is not None}
    key = key_of(url=url, sku=fields.get("sku"))
    if not key:
        return Unusable(where=item.where, reason=NO_KEY)
    note = f"{item.where}: its image is left out, {note}" if note else ""
    return Checked(where=item.where, url=url, key=key, fields=fields, note=note)


def _fields(told: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The fields as they are stored; and what is wrong with the image, without which a product is one still."""
    try:
        return SERIALIZER.run_validation(told), ""
    except ValidationError as error:
        if set(error.detail) != {"image"}:
            raise
        wrong = " ".join(_words(error.detail))
        return SERIALIZER.run_validation({name: value for name, value in told.items() if name != "image"}), wrong


def _offline() -> ProductSerializer:
    """Without its look for taken skus, which are the very products that are to be changed."""
    serializer = ProductSerializer(partial=True)
    sku = serializer.fields["sku"]
    sku.validators = [validator for validator in sku.validators if not isinstance(validator, UniqueValidator)]
    return serializer


def _words(errors: Any) -> Iterator[str]:
    for name, said in errors.items():
        yield f"{name}: {' '.join(map(str, said))}"


SERIALIZER = _offline()  # keeps nothing of what it validates

"""Every way that the ORM has of writing products, and what each must tell."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from catalogue.models import Product
from catalogue.operations import change_products, create_product, delete_product, update_product
from django.core import serializers
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

Told = list[tuple[str, int]]
CREATED, UPDATED, DELETED = ("created", 1), ("updated", 2), ("deleted", 2)


@dataclass(frozen=True)
class Way:
    """How to write, given a product that is there with version 1, and the actions and versions that are told."""

    name: str
    act: Callable[[Product], object]
    tells: Told


def save_changed(product: Product) -> None:
    product.title = "Lantern"
    product.save()


def bulk_update(product: Product) -> None:
    product.title = "Lantern"
    Product.objects.bulk_update([product], ["title"])


def load(*rows: Product) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "products.json"
        path.write_text(serializers.serialize("json", rows))
        call_command("loaddata", str(path), verbosity=0)


def deserialize(product: Product) -> None:
    text = json.dumps([{"model": "catalogue.product", "pk": product.pk, "fields": {"title": "Lantern"}}])
    with transaction.atomic():
        for item in serializers.deserialize("json", text):
            item.save()


def update_or_create(product: Product) -> None:
    Product.objects.update_or_create(pk=product.pk, defaults={"title": "Lantern"})
    Product.objects.update_or_create(sku="L-2", defaults={"title": "Lantern"})


WAYS = [
    Way("save a new one", lambda lamp: Product(title="Lantern", price="5").save(), [CREATED]),
    Way("save a changed one", save_changed, [UPDATED]),
    Way("save some fields", lambda lamp: lamp.save(update_fields=["title"]), [UPDATED]),
    Way("delete an instance", lambda lamp: lamp.delete(), [DELETED]),
    Way("create", lambda lamp: Product.objects.create(title="Lantern", price=5), [CREATED]),
    Way("get_or_create: get", lambda lamp: Product.objects.get_or_create(sku="L-1"), []),
    Way("get_or_create: create", lambda lamp: Product.objects.get_or_create(title="Lantern"), [CREATED]),
    Way("update_or_create", update_or_create, [UPDATED, CREATED]),
    Way("bulk_create", lambda lamp: Product.objects.bulk_create(Product(title=t) for t in "ab"), [CREATED, CREATED]),
    Way("bulk_create none", lambda lamp: Product.objects.bulk_create([]), []),
    Way("bulk_update", bulk_update, [UPDATED]),
    Way("update", lambda lamp: Product.objects.update(title="Lantern"), [UPDATED]),
    Way("update by F()", lambda lamp: Product.objects.update(price=F("price") * 2 + 1), [UPDATED]),
    Way("update none", lambda lamp: Product.objects.filter(sku="no").update(title="Lantern"), []),
    Way("delete a set", lambda lamp: Product.objects.filter(sku="L-1").delete(), [DELETED]),
    Way("delete none", lambda lamp: Product.objects.filter(sku="no").delete(), []),
    Way("loaddata: new", lambda lamp: load(Product(pk=lamp.pk + 1, title="Lantern")), [CREATED]),
    Way("loaddata: known", lambda lamp: load(Product(pk=lamp.pk, title="Lantern")), [UPDATED]),
    Way("deserializer", deserialize, [UPDATED]),
    Way("create_product", lambda lamp: create_product(fields={"title": "Lantern"}), [CREATED]),
    Way("update_product", lambda lamp: update_product(product_id=lamp.pk, changes={"title": "Lantern"}), [UPDATED]),
    Way("update_product by nothing", lambda lamp: update_product(product_id=lamp.pk, changes={}), []),
    Way("change_products", lambda lamp: change_products(changes={lamp.pk: {"title": "Lantern"}}), [UPDATED]),
    Way("change_products by nothing", lambda lamp: change_products(changes={lamp.pk: {"title": lamp.title}}), []),
    Way("delete_product", lambda lamp: delete_product(product_id=lamp.pk), [DELETED]),
]

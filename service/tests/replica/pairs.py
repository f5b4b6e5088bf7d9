"""A copy and the admin that it copies, with what happens between them."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from inbox.processor import Processor
from inbox.sources.feed import FeedSource
from replica.models import Product
from replica.projection import COLUMNS, CONTENTS

from tests.admin import Admin

INSERT = (
    "INSERT INTO catalogue_product (id,title,description,price,image,sku,version,created_at,updated_at) "
    "VALUES (?,?,'',NULL,'',NULL,?,'2026-01-02 03:04:05','2026-01-02 03:04:05')"
)


def create(admin: Admin, *titles: str) -> None:
    for title in titles:
        admin.call("POST", "/api/products", title=title)


def insert(admin: Admin, *ids: int, version: int = 1, title: str = "Lamp") -> None:
    """By SQL, so that no event says so."""
    for id in ids:
        admin.execute(INSERT, id, title, version)


def follow() -> None:
    """Applies what is in admin's feed, to its end."""
    source = FeedSource()
    source.open()
    while deliveries := source.receive(seconds=0):
        Processor().process(deliveries, note=source.note)
        source.acknowledge()


def original(admin: Admin) -> list[dict[str, Any]]:
    answer = admin.call("GET", "/api/products?page_size=500")
    assert answer["next"] is None
    found: list[dict[str, Any]] = answer["results"]
    return found


def copied() -> list[dict[str, Any]]:
    """The living products of the copy as admin shows them."""
    names = [name for name in COLUMNS if name in CONTENTS or name == "id"]
    rows = []
    for row in Product.objects.living().values(*names):
        times = {name: f"{row[name]:%Y-%m-%dT%H:%M:%S.%fZ}" for name in ("created_at", "updated_at")}
        price = row["price"] if row["price"] is None else f"{row['price']:.2f}"
        rows.append({**row, **times, "price": price})
    own = ("deleted_at", "applied_at", "trace_id")  # of the copy alone
    return [{name: value for name, value in row.items() if name not in own} for row in rows]


def are_equal(admin: Admin) -> bool:
    return copied() == original(admin)


def tombstones() -> dict[int, int]:
    return dict(Product.objects.exclude(deleted_at=None).values_list("id", "version"))


def plant(id: int, *, version: int = 1, title: str = "Weed") -> None:
    """Past the projection, as somebody with SQL at hand would."""
    now = timezone.now()
    Product.objects.create(id=id, title=title, version=version, created_at=now, updated_at=now, applied_at=now)


def check(*arguments: str) -> tuple[int, str]:
    """Exit code and output of check_drift."""
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_drift", *arguments, stdout=said)
    return int(str(ended.value.code)), said.getvalue()


def report(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, said = check("--json", *arguments)
    assert said.count("\n") == 1
    found: dict[str, Any] = json.loads(said)
    return code, found


def fill(*arguments: str) -> str:
    said = io.StringIO()
    call_command("bootstrap_replica", *arguments, stdout=said)
    return said.getvalue()

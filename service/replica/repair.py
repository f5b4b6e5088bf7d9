"""Mends drift by admin's contents, through the projection. Each write names the version it replaces."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from inbox.admin_api import AdminApi
from inbox.routing import Change
from inbox.transactions import committed

from replica import projection
from replica.drift import Difference, Kind, chunks
from replica.projection import ProductData

SNAPSHOT = "/api/products/snapshot"
BEHIND = (Kind.MISSING, Kind.STALE)


class Snapshot(msgspec.Struct, frozen=True):
    """A page of it; products that break the contract must not hide the others, so each is read by itself."""

    products: list[Any]
    next: int | None


def repair(differences: Sequence[Difference], *, admin: AdminApi, is_downward: bool) -> None:
    """Makes the copy of these products what admin has now; one that is ahead only where that was asked for."""
    wanted = {found.id: found for found in differences if is_downward or found.kind is not Kind.AHEAD}
    for some in chunks(list(wanted)):
        products = products_of(admin, ids=[id for id in some if id > 0])
        _catch_up([products[id] for id in some if wanted[id].kind in BEHIND and id in products])
        for id in some:
            _mend(wanted[id], products.get(id))


def products_of(admin: AdminApi, *, ids: Sequence[int]) -> Mapping[int, ProductData]:
    """Admin's products as they are now, by id; what breaks the contract is left out and stays drift."""
    if not ids:
        return {}
    page = admin.get(Snapshot, SNAPSHOT, ids=",".join(map(str, ids)))
    read = (readable(product) for product in page.products)
    return {data.id: data for data in read if data}


def readable(product: Any) -> ProductData | None:
    try:
        return msgspec.convert(product, ProductData)
    except msgspec.ValidationError:
        return None


def change(data: ProductData) -> Change:
    return Change(data=data, is_deletion=False, at=data.updated_at)


def _catch_up(behind: Sequence[ProductData]) -> None:
    """As events would, in one transaction: the guard lets in what is newer."""
    if behind:
        committed(lambda: projection.apply([change(data) for data in behind]))


def _mend(found: Difference, data: ProductData | None) -> None:
    """What no event could: each write names the version that it replaces."""
    version = found.copy_version
    if version is None or found.kind in BEHIND:
        return
    if found.kind is Kind.EXTRA and data is None:
        committed(lambda: projection.bury(id=found.id, version=version, at=datetime.now(UTC)))
    elif found.kind in (Kind.DIFFERENT, Kind.AHEAD) and data is not None:
        committed(lambda: projection.replace(change(data), version=version))

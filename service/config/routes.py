"""The urls.py of events: which function applies which type. Types carry no prefix here; INBOX_TYPE_PREFIX adds it."""

from inbox.routing import Route
from replica import projection, queries

ROUTES = {
    "product.created.v1": Route(data=projection.ProductData, apply=projection.apply, current=queries.row),
    "product.updated.v1": Route(data=projection.ProductData, apply=projection.apply, current=queries.row),
    "product.deleted.v1": Route(
        data=projection.ProductData, apply=projection.apply, current=queries.row, is_deletion=True
    ),
}

"""The urls.py of events: which function applies which type. Types carry no prefix here; INBOX_TYPE_PREFIX adds it."""

from inbox.routing import Route
from replica import projection

ROUTES = {
    "product.created.v1": Route(data=projection.ProductData, apply=projection.apply),
    "product.updated.v1": Route(data=projection.ProductData, apply=projection.apply),
    "product.deleted.v1": Route(data=projection.ProductData, apply=projection.apply, is_deletion=True),
}

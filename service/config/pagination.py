import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

# By what lists may be ordered, and how the place of a product in them looks. No texts: where a collation takes two for
# one, a page would begin behind both.
PLACES = {
    "id": "[0-9]+",
    "price": r"-?[0-9]{1,12}(\.[0-9]{1,16})?",
    "created_at": r"[0-9: .+-]{19,32}",
    "updated_at": r"[0-9: .+-]{19,32}",
}
ORDERS = [f"{sign}{name}" for name in PLACES for sign in ("", "-")]


class Pages(CursorPagination):
    """?page_size=100&ordering=-price; answers next, previous and results.

    By key, not by number: page 20,000 costs what page 1 does. Products without a price are the cheapest.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    offset_cutoff = 10**9  # within products of the same price or time, of which there may be many

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        if self._asked(request) == "price":
            queryset = queryset.annotate(price_order=Coalesce("price", Value(Decimal(-1))))
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int:
        """DRF's takes zero, and what is no number, for the default: a caller would not see the mistake."""
        asked = request.query_params.get("page_size", str(self.page_size))
        if not re.fullmatch("0*[1-9][0-9]*", asked, re.ASCII):
            raise ValidationError({"page_size": ["A whole number from 1; more than 500 are not given."]})
        digits = asked.lstrip("0")
        return self.max_page_size if len(digits) > 3 else min(int(digits), self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, size = super().get_schema_operation_parameters(view)
        return [cursor, size | {"schema": {"type": "integer", "minimum": 1}, "description": "500 at most are given."}]

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        sign = "-" if request.query_params.get("ordering", "").startswith("-") else ""
        name = self._asked(request)
        return (f"{sign}id",) if name == "id" else (f"{sign}{'price_order' if name == 'price' else name}", f"{sign}id")

    def decode_cursor(self, request: Request) -> Cursor | None:
        """DRF's lets a cursor that somebody made up come as far as the database, with a text for an id."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not self._is_place(self._asked(request), str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """DRF's says null as OpenAPI 3.0 did, which 3.1 knows nothing of."""
        example = "https://api.example.com/api/products?cursor=cD01MA%3D%3D"
        link = {"type": ["string", "null"], "format": "uri", "example": example}
        properties = {"next": link, "previous": link, "results": schema}
        return {"type": "object", "properties": properties, "required": list(properties)}

    def _asked(self, request: Request) -> str:
        asked = request.query_params.get("ordering", "id")
        if asked not in ORDERS:
            raise ValidationError({"ordering": [f"One of {', '.join(ORDERS)}."]})
        return asked.removeprefix("-")

    def _is_place(self, name: str, position: str) -> bool:
        if not re.fullmatch(PLACES[name], position, re.ASCII):
            return False
        try:
            return not name.endswith("_at") or bool(datetime.fromisoformat(position).astimezone(UTC))
        except (ValueError, OverflowError):
            return False

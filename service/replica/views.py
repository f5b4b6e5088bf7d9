from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from replica import presenters, queries


class ProductViewSet(viewsets.GenericViewSet):  # type: ignore[type-arg]
    """The copy's products, read-only."""

    # Rows, not instances: those and a serializer for each took more time than the database.
    queryset = queries.living_products().values(*presenters.FIELDS)
    lookup_value_regex = "[0-9]+"

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or ()
        return self.get_paginated_response([presenters.shown(row) for row in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(presenters.shown(self.get_object()))

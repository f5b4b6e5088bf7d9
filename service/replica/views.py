from rest_framework import viewsets

from replica import queries
from replica.models import Product
from replica.serializers import ProductSerializer


class ProductViewSet(viewsets.ReadOnlyModelViewSet[Product]):
    queryset = queries.living_products()
    serializer_class = ProductSerializer
    lookup_value_regex = "[0-9]+"

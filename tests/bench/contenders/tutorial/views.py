from api import product_viewset
from rest_framework import status
from rest_framework.response import Response

from .models import Product
from .producer import publish


class ProductViewSet(product_viewset(Product)):
    def create(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        publish("product_created", serializer.data)
        return Response(serializer.data, status=status.HTTP_201_CREATED)

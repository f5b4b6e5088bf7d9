from api import product_viewset

from .models import Product

ProductViewSet = product_viewset(Product)

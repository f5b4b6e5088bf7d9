from catalogue.models import Product
from catalogue.querysets import ProductQuerySet


def all_products() -> ProductQuerySet:
    products: ProductQuerySet = Product.objects.order_by("id")
    return products


def get_product(*, product_id: int) -> Product:
    """Raises Product.DoesNotExist."""
    product: Product = Product.objects.get(pk=product_id)
    return product

from replica.models import Product, ProductQuerySet


def living_products() -> ProductQuerySet:
    return Product.objects.living().order_by("id")

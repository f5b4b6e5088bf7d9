from fields import ProductFields


class Product(ProductFields):
    pass

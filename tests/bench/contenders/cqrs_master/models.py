from dj_cqrs.mixins import MasterMixin
from fields import ProductFields


class Product(MasterMixin, ProductFields):
    CQRS_ID = "product"

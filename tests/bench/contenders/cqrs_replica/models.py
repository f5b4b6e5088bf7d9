from dj_cqrs.mixins import ReplicaMixin
from fields import ProductFields


class Product(ReplicaMixin, ProductFields):
    CQRS_ID = "product"

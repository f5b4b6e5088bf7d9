from django.db import models


class ProductFields(models.Model):
    """The columns of Lockstep's product."""

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    image = models.CharField(max_length=500, blank=True, default="")
    sku = models.CharField(max_length=64, null=True, blank=True, unique=True)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

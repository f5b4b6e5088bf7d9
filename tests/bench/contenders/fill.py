"""`python fill.py N`: N products on their way to the copy, by the contender's own producer."""

import os
import sys

import django

django.setup()

number, description = int(sys.argv[1]), sys.argv[2]
match os.environ["CONTENDER"]:
    case "cqrs_master":
        from cqrs_master.models import Product

        for n in range(number):
            Product.objects.create(title=f"Product {n}", description=description, price="19.90")
    case "tasks":
        from tasks.jobs import store_product

        for n in range(number):
            product = {"id": n + 1, "title": f"Product {n}", "description": description, "price": "19.90"}
            store_product.delay(product | {"image": "", "sku": None})

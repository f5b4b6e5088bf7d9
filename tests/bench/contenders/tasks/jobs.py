"""`celery -A tasks.jobs worker`: one task for each product."""

import celery
import django
from django.conf import settings

app = celery.Celery("bench", broker=settings.BROKER_URL)
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True
django.setup()


@app.task
def store_product(data):
    from tasks.models import Product

    Product.objects.create(
        id=data["id"],
        title=data["title"],
        description=data["description"],
        price=data["price"],
        image=data["image"],
        sku=data["sku"],
    )

import json

import django
import pika
from django.conf import settings

django.setup()

from tutorial.models import Product  # noqa: E402

connection = pika.BlockingConnection(pika.URLParameters(settings.BROKER_URL))
channel = connection.channel()
channel.queue_declare(queue="service", durable=True)
channel.basic_qos(prefetch_count=1)


def callback(channel, method, properties, body):
    data = json.loads(body)
    if properties.type == "product_created":
        Product.objects.create(
            id=data["id"],
            title=data["title"],
            description=data["description"],
            price=data["price"],
            image=data["image"],
            sku=data["sku"],
        )
    channel.basic_ack(delivery_tag=method.delivery_tag)


channel.basic_consume(queue="service", on_message_callback=callback)
channel.start_consuming()

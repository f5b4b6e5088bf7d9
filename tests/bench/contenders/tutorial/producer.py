import json
import os

import pika
from django.conf import settings

parameters = pika.URLParameters(settings.BROKER_URL)
parameters.heartbeat = 600


def connect():
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.queue_declare(queue="service", durable=True)
    return connection, channel


kept = connect() if "KEEP" in os.environ else None


def publish(method, body):
    connection, channel = kept or connect()
    properties = pika.BasicProperties(type=method, delivery_mode=2)
    channel.basic_publish(exchange="", routing_key="service", body=json.dumps(body), properties=properties)
    if not kept:
        connection.close()

"""What Celery has on the broker, by name: docker-conf/rabbitmq/definitions.json lets admin have it."""

PREFIX = "admin.jobs"


def queue_name(queue: str) -> str:
    return f"{PREFIX}.{queue}"

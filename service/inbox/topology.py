"""What the subscriber owns on the broker; contract/asyncapi.yaml says the same.

Arguments are fixed for a queue's life, so only what correctness needs is one; what is tuned (length, TTL) is policy.
"""

from typing import Any

EXCHANGE = "catalogue.events"  # admin's: its relay declares it
BINDING = "product.*"
QUEUE = "service.products"
DEAD_EXCHANGE = "service.dead"
DEAD_QUEUE = "service.products.dead"

QUEUE_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "quorum",
    # Must stay above the number of consumers + 2: each lost connection counts as a delivery.
    "x-delivery-limit": 20,
    "x-dead-letter-exchange": DEAD_EXCHANGE,
    # Together these two keep a dead letter in its queue until the dead-letter queue has it.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
DEAD_QUEUE_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum"}

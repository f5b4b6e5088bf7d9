"""What the publisher owns on the broker; contract/asyncapi.yaml says the same."""

EXCHANGE = "catalogue.events"
EXCHANGE_TYPE = "topic"
APP_ID = "admin"

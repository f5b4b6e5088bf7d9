"""Loaded before Django's settings are (pyproject.toml names it): what they would refuse to start without."""

import os

# No test reaches a broker but through its fixture: writes must never need one, so what they know is a closed port.
NO_BROKER = "amqp://nobody:nothing@127.0.0.1:1/nowhere"

os.environ["BROKER_URL"] = NO_BROKER
os.environ.setdefault("DEBUG", "1")

"""Settings of consumers that tests start as processes, to be slow or to die on what their events say."""

import os

from config.settings import *  # noqa: F403
from inbox import topology

topology.QUEUE_ARGUMENTS["x-delivery-limit"] = int(os.environ.get("WILD_DELIVERY_LIMIT", "20"))
INBOX_ROUTES = "tests.wild.ROUTES"

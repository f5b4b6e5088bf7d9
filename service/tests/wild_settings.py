"""Settings of consumers that tests start as processes, to be slow or to die on what their events say."""

from config.settings import *  # noqa: F403

INBOX_ROUTES = "tests.wild.ROUTES"

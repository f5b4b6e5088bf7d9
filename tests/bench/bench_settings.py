"""Admin's or service's own settings as in production, but open: tests/bench measures neither passwords nor DEBUG's list
of queries. (The environment has DEBUG=1, which opens the API and makes a SECRET_KEY needless.)
"""

from config.settings import *  # noqa: F403

DEBUG = False

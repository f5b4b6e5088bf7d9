"""Celery's app: `celery -A config worker` and `beat`. What it runs, and where the messages go, is in celeryconfig."""

import os
import sys
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Celery puts BROKER_URL there as it is, above all settings, and knows neither several nodes nor options.
os.environ.pop("CELERY_BROKER_URL", None)
try:
    settings.DEBUG  # noqa: B018 (reads them all; with Celery's command this is the first to do so)
except ImproperlyConfigured as error:
    sys.stderr.write(f"celery: {error}\n")
    sys.exit(2)
# About root, who may be sent a program as a message; these are numbers in JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)
app = Celery("admin")
app.config_from_object("config.celeryconfig")
app.autodiscover_tasks()


@setup_logging.connect
def keep_djangos(**_: Any) -> None:
    """Celery would set up logs of its own; whoever listens to this signal has done so already."""

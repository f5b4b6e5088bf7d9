"""The smallest settings that all contenders can share, tuned no worse than ours: kept connections, no middleware."""

import os
from urllib.parse import urlsplit

CONTENDER = os.environ["CONTENDER"]
BROKER_URL = os.environ["BROKER_URL"]
_database, _broker = urlsplit(os.environ["DATABASE_URL"]), urlsplit(BROKER_URL)

SECRET_KEY = "bench"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", CONTENDER]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": _database.path.lstrip("/"),
        "USER": _database.username,
        "PASSWORD": _database.password,
        "HOST": _database.hostname,
        "PORT": _database.port,
        "OPTIONS": {"charset": "utf8mb4", "isolation_level": "read committed"},
        "CONN_MAX_AGE": 600,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
}

if CONTENDER.startswith("cqrs"):
    INSTALLED_APPS.append("dj_cqrs")
    CQRS = {
        "transport": "dj_cqrs.transport.RabbitMQTransport",
        "host": _broker.hostname,
        "port": _broker.port,
        "user": _broker.username,
        "password": _broker.password,
        "queue": "bench",
    }

"""Values of the environment that a typing error must not turn into something else; each refusal names its variable."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def flag(value: str, *, name: str) -> bool:
    if value.strip().lower() not in YES + NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value.strip().lower() in YES


def count(value: str, *, name: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", value.strip(), re.ASCII):
        raise ImproperlyConfigured(f"{name} must be a number from 0 on.")
    return int(value)


def rate(value: str, *, name: str) -> str:
    """As Django REST framework reads it: 600/min."""
    if not re.fullmatch("[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)", value.strip(), re.ASCII):
        raise ImproperlyConfigured(f"{name} must be a number of requests in a time, as 600/min.")
    return value.strip()


def origins(values: Sequence[str], *, name: str) -> list[str]:
    for value in values:
        if not re.fullmatch(r"https?://[^/\s?#@]+", value):
            raise ImproperlyConfigured(
                f"{name} must be origins, as https://shop.example.org, with commas between them."
            )
    return list(values)


def web_url(value: str, *, name: str, example: str) -> str:
    """An http or https URL without a user, or nothing."""
    value = value.strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_readable = False
    if not is_readable or not value.isprintable() or " " in value or parts.username:
        raise ImproperlyConfigured(f"{name} must be a URL without a user, as {example}.")
    return value

"""What development may be and production may not: looked at before anything starts, and refused in one line each."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_LENGTH = 50
# Of this repository, of its documentation, of the images and of everybody's first guess.
PUBLIC_PASSWORDS = {
    "", "lockstep", "guest", "password", "admin", "root", "secret", "changeme", "rabbitmq", "mariadb",
    "mysql", "postgres", "service", "user",
}  # fmt: skip
OPTIONAL = {"ADMIN_TOKEN", "SERVICE_TOKEN"}  # the other side makes it, so the file is empty until that runs


def require_files(environment: Mapping[str, str], names: Iterable[str]) -> None:
    """Where `NAME_FILE` names a file, it must hold something: an empty BROKER_URL would mean that there is none."""
    for name in names:
        if not (file := environment.get(f"{name}_FILE")):
            continue
        if not os.access(file, os.R_OK):
            raise ImproperlyConfigured(f"{name}_FILE names a file that is not there or cannot be read.")
        if name not in OPTIONAL and not Path(file).read_text().strip():
            raise ImproperlyConfigured(f"{name}_FILE names a file that is empty.")


def require_secrets(*, secret_key: str, hosts: Sequence[str], urls: Mapping[str, str]) -> None:
    """`urls` by the names of their variables; those without a host (SQLite's) have no password. None is repeated."""
    is_marked = secret_key.startswith("django-insecure-")  # by Django, which made it for development
    if len(secret_key) < SECRET_KEY_LENGTH or len(set(secret_key)) < 5 or is_marked:
        raise ImproperlyConfigured(
            f"SECRET_KEY can be guessed: at least {SECRET_KEY_LENGTH} characters at random are wanted, as "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))' makes them."
        )
    if "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS is *, which is any: name the hosts that clients use.")
    for name, value in urls.items():
        for url in value.split(","):
            parts = urlsplit(url.strip())
            password = unquote(parts.password or "").lower()
            if parts.hostname and (password in PUBLIC_PASSWORDS or password == unquote(parts.username or "").lower()):
                raise ImproperlyConfigured(f"{name} has no password, or one that everybody knows: choose another.")

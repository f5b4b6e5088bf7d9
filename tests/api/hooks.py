"""What schemathesis sends, a little changed: who can wait waits for a moment only, and nothing public is asked."""

from itertools import count
from typing import Any

import schemathesis

MOMENT = 0.05  # seconds
NOWHERE = "https://shop.invalid/"  # no host has such a name (RFC 2606): a worker may try, and fetches nothing
WAITS = 2  # for a version, which takes the server two seconds each
waits = count(1)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Any, kwargs: dict[str, Any]) -> None:
    """Valid values alone are changed, for other valid ones: what must be refused goes out as it is."""
    body, query = case.body, case.query
    if isinstance(body, dict) and is_between(body.get("wait_seconds"), MOMENT, 30):
        body["wait_seconds"] = MOMENT
    if case.operation.path == "/api/imports" and is_url(body):
        body["url"] = NOWHERE
    if query and is_version(query.get("min_version")) and next(waits) > WAITS:
        del query["min_version"]


def is_between(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and least < value <= most


def is_url(body: object) -> bool:
    return isinstance(body, dict) and str(body.get("url")).startswith(("http:", "https:"))


def is_version(value: object) -> bool:
    return str(value).isascii() and str(value).isdecimal() and int(str(value)) > 0

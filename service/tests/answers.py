"""What answers say."""

from typing import Any


def wrong(answer: Any) -> dict[str, list[str]]:
    """What a problem (RFC 9457) says is not valid, by the place of each error."""
    told = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (told["status"], told["title"], told["code"]) == (answer.status_code, "Bad Request", "invalid")
    found: dict[str, list[str]] = {}
    for error in told["errors"]:
        found.setdefault(error.get("pointer", error.get("parameter")), []).append(error["detail"])
    return found

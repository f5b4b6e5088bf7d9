"""What commands are given and give back: ages, ids, JSON."""

import argparse
import json
import re
from collections.abc import Mapping
from datetime import timedelta

from config.printable import printable

USAGE = 2  # argparse's own exit code
CANNOT_TELL = 3
MAX_NUMBER = 2**63 - 1
DAYS = {"s": 1 / 86_400, "m": 1 / 1440, "h": 1 / 24, "d": 1}
SHOWN = 100  # characters of a text in a list
NOTHING: tuple[object, ...] = (None, "", False, [], ())


def age(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if found is None or (days := int(found[1]) * DAYS[found[2]]) > 36_500:
        raise argparse.ArgumentTypeError(f"{printable(text)} is no age: write 90s, 10m, 2h or 7d")
    return timedelta(days=days)


def number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > MAX_NUMBER:
        raise argparse.ArgumentTypeError(f"{printable(text)} is no whole number from 0 on")
    return int(text)


def seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"{printable(text)} is no number of seconds")
    return float(text)


def short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def told(filters: Mapping[str, object]) -> str:
    """What a command was asked to work on, for the audit."""
    said = [_told(name.replace("_", " "), value) for name, value in filters.items() if value not in NOTHING]
    return ", ".join(said) or "all"


def _told(name: str, value: object) -> str:
    if value is True:
        return name
    return f"{name} {' '.join(map(str, value)) if isinstance(value, list | tuple) else value}"


def dumped(value: object) -> str:
    """As JSON in ASCII; DEL is the one control character that JSON lets stand."""
    return json.dumps(value, default=str).replace("\x7f", "\\u007f")

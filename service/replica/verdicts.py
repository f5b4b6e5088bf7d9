from enum import StrEnum


class Verdict(StrEnum):
    """What a drift check came to."""

    EQUAL = "equal"
    DRIFT = "drift"
    UNKNOWN = "unknown"

"""One way to break the code, and the test that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    name: str
    changes: tuple[tuple[str, str, str], ...]  # file, what stands there once, what stands there then
    suite: str
    test: str

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


EXIT_CODES = {Level.OK: 0, Level.WARN: 1, Level.BAD: 1, Level.UNKNOWN: 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level
    sentence: str
    advice: str  # what to do next

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.level]

    @property
    def word(self) -> str:
        """The sentence's beginning: In step, Behind, Stopped, …"""
        return self.sentence.partition(":")[0]

    @property
    def rest(self) -> str:
        return self.sentence.partition(":")[2].strip()

"""Runs a program of ours on a host whose clock is wrong: python shifted.py <seconds> <script or -m module> args…

What Python code takes the time from is shifted; the monotonic clock, and the clocks of servers, are not.
"""

import datetime
import sys
import time

from failing import run  # stands beside this script

REAL = datetime.datetime
SECONDS = float(sys.argv[1])


class _IsReal(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)


class Shifted(REAL, metaclass=_IsReal):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> REAL:  # type: ignore[override]
        return REAL.now(tz) + datetime.timedelta(seconds=SECONDS)

    @classmethod
    def utcnow(cls) -> REAL:  # type: ignore[override]
        return REAL.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=SECONDS)


real_time, real_time_ns = time.time, time.time_ns
time.time = lambda: real_time() + SECONDS
time.time_ns = lambda: real_time_ns() + int(SECONDS * 1e9)
datetime.datetime = Shifted  # type: ignore[misc]
run(sys.argv[2:])

"""Load on a web by wrk, which costs the machine little; every answer has to have the status that is wanted."""

import json
import os
import subprocess
from pathlib import Path

from tests.servers import find

CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("load.lua")


def rate(
    url: str, *, seconds: float, status: int = 200, post: object = None, highest_id: int = 0, etag: str = ""
) -> float:
    """Answers a second. `highest_id` asks for random products below it."""
    wanted = {"LOAD_STATUS": str(status), "LOAD_HIGHEST_ID": str(highest_id)}
    if post is not None:
        wanted |= {"LOAD_METHOD": "POST", "LOAD_BODY": json.dumps(post)}
    if etag:
        wanted["LOAD_IF_NONE_MATCH"] = etag
    wrk = find.program("wrk")
    assert wrk, "wrk is not installed: run python3 tests/servers/install.py wrk"
    command = [str(wrk), "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout=30s", f"-s{SCRIPT}", url]
    done = subprocess.run(
        command, env=os.environ | wanted, check=True, capture_output=True, text=True, timeout=seconds + 60
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOAD "))
    right, other, last, failed, microseconds = map(int, line.split()[1:])
    assert not other, f"{url}: {other} answers were not {status} but {last}"
    assert not failed, f"{url}: {failed} requests got no answer"
    return right / (microseconds / 1e6)

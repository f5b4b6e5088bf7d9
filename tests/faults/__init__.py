"""The fault suite: what can break, broken with real servers and real processes, and what must happen then.

`make test` runs its smoke set, `make faults` all of it. A test is named after what must happen and carries the number
of its fault: `@pytest.mark.fault("F13")`, and `@pytest.mark.smoke` where it belongs to the short set. What another
suite proves already stands in elsewhere.py.

A test gets one of two fixtures.

- `lab`: the installation that all tests share (tests/faults/lab/lab.py). It kills, pauses and restarts whatever it
  wants, and starts more relays and consumers. Afterwards everything is healed, and the copies must converge, with no
  change without its event, no event without its change, and no effect twice (lab/quiet.py, lab/accounts.py).
- `labs`: `labs.new(OUTBOX_BATCH="1")` makes a further one with other settings, databases and a virtual host of its own.
  It ends with the test, which calls `converge(lab)` itself.

How to break things:

- a program's `kill`, `pause`, `stop`, and `start(failpoint="outbox.relay:Relay._settle:before")`, which makes it die,
  pause or raise at that point (failing.py);
- `down(server)` and `paused(server)` (lab/servers.py); `lab.servers.broker.sync()` comes before a kill -9 of the broker
  where queues are new;
- `lab.proxy(url)`, a link that is cut at a byte, half-open or slow (lab/proxy.py), for a program started with its URL.

Wait with `eventually` or a program's `wait_says`, never by sleeping. Measure time only where the fault is about time.
"""

import pytest

pytest.register_assert_rewrite(
    "tests.e2e.client",
    "tests.e2e.convergence",
    "tests.e2e.workload",
    "tests.faults.lab",
    "tests.faults.receiving",
    "tests.faults.writing",
)

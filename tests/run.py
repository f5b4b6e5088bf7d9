"""Runs the test suites, each with the servers that it needs: `python tests/run.py [suite…] [-- pytest's options]`.

A suite is named in full (`admin[sqlite]`) or with all its variants (`admin`). The last line is `N passed, N failed`.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.outcomes import Result, judge, report
from tests.servers import find, pick
from tests.servers.databases import Databases
from tests.servers.folder import Folder
from tests.servers.process import ServerError, end_family, ends_with_us, wait_until
from tests.servers.server import Server, start_all

ROOT = Path(__file__).resolve().parent.parent
SUITE_SECONDS = 1800  # no suite may take longer, whatever hangs
GRACE_SECONDS = 30  # for a suite that is told to stop, to stop what it started
# What a developer's shell may hold for the product must not reach its tests.
OF_THE_PRODUCT = re.compile(
    r"(SECRET_KEY|ALLOWED_HOSTS|((ADMIN|SERVICE)_)?DATABASE_URL|BROKER_URL)(_FILE)?|DEBUG|(ADMIN|SERVICE)_(URL|TOKEN)(_FILE)?|CONSOLE_URL|METRICS_BIND"
    r"|PUBLIC_READ|HTTPS|TRUSTED_PROXIES|WRITE_RATE|DJANGO_SETTINGS_MODULE"
    r"|CORS_ALLOWED_ORIGINS|LOG_LEVEL|LOG_FORMAT|ADMIN_PORT|SERVICE_PORT|VAR_DIR|E2E_STACK|(OUTBOX|INBOX|OTEL|JOBS|IMPORTS)_.*"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    name: str
    path: str
    folder: str = "."
    database: str = ""  # what DATABASE_URL names
    uses: frozenset[str] = frozenset()  # servers that the runner starts
    starts: frozenset[str] = frozenset()  # servers that the suite starts, stops and kills itself
    programs: frozenset[str] = frozenset()  # of find.PROGRAMS; without them it is left out, but never in CI
    starts_in_docker: frozenset[str] = frozenset()  # those that must be containers; without them it is left out
    env: dict[str, str] = field(default_factory=dict)
    only_by_name: bool = False
    test_seconds: int = 60
    seconds: int = 0  # that the suite may take, where SUITE_SECONDS are not enough
    options: tuple[str, ...] = ()  # pytest's

    @property
    def group(self) -> str:
        return self.name.partition("[")[0]

    def is_meant(self, names: list[str]) -> bool:
        return self.name in names or (not self.only_by_name and (not names or self.group in names))


class Stopped(BaseException):
    """A signal asks the runner to end: the suite, the servers, then itself."""

    def __init__(self, *, by: signal.Signals) -> None:
        super().__init__()
        self.by = by


def services() -> Iterator[Suite]:
    for service in ("admin", "service"):
        for database in ("sqlite", "mariadb", "postgres"):
            yield Suite(
                name=f"{service}[{database}]",
                folder=service,
                path="tests",
                database=database,
                uses=frozenset({"rabbitmq", database} - {"sqlite"}),
                env={"DEBUG": "1"},
            )


SUITES = (
    *services(),
    Suite(name="contract", path="tests/contract"),
    Suite(name="architecture", path="tests/architecture"),
    Suite(name="mutations", path="tests/mutations"),
    Suite(name="api", path="tests/api", test_seconds=120),
    Suite(name="servers", path="tests/servers", starts=frozenset(find.NATIVE), test_seconds=120),
    Suite(name="e2e[embedded]", path="tests/e2e", env={"E2E_STACK": "embedded"}, test_seconds=300),
    Suite(
        name="e2e[native]",
        path="tests/e2e",
        starts=frozenset({"rabbitmq", "mariadb"}),
        env={"E2E_STACK": "native"},
        test_seconds=300,
    ),
    Suite(
        name="browser",
        path="tests/browser",
        starts=frozenset({"rabbitmq", "mariadb"}),
        programs=frozenset({"chromium"}),
        test_seconds=240,
    ),
    Suite(
        name="observability",
        path="tests/observability",
        starts=frozenset({"rabbitmq", "mariadb"}),
        programs=frozenset({"prometheus", "promtool"}),
        test_seconds=240,
    ),
    Suite(
        name="jobs",
        path="tests/jobs",
        starts=frozenset({"rabbitmq", "mariadb"}),
        test_seconds=180,
    ),
    Suite(
        name="production[rights]",
        path="tests/production",
        starts=frozenset({"rabbitmq", "mariadb", "postgres"}),
        options=("--ignore=tests/production/test_stack.py",),
        test_seconds=120,
    ),
    Suite(
        name="production[compose]",
        path="tests/production/test_stack.py",
        starts_in_docker=frozenset({"rabbitmq", "mariadb"}),
        only_by_name=True,
        test_seconds=600,
    ),
    Suite(
        name="faults[smoke]",
        path="tests/faults",
        starts=frozenset({"rabbitmq", "mariadb"}),
        options=("-m", "smoke"),
        test_seconds=300,
    ),
    Suite(
        name="faults[all]",
        path="tests/faults",
        starts=frozenset({"rabbitmq", "mariadb"}),
        only_by_name=True,
        test_seconds=300,
        seconds=2400,
    ),
    # The same in two, which can run side by side: what needs a broker of its own, and the rest.
    Suite(
        name="faults[brokers]",
        path="tests/faults/test_cluster.py",
        starts=frozenset({"rabbitmq", "mariadb"}),
        options=("tests/faults/test_tls.py",),
        only_by_name=True,
        test_seconds=300,
        seconds=1200,
    ),
    Suite(
        name="faults[rest]",
        path="tests/faults",
        starts=frozenset({"rabbitmq", "mariadb"}),
        options=("--ignore=tests/faults/test_cluster.py", "--ignore=tests/faults/test_tls.py"),
        only_by_name=True,
        test_seconds=300,
        seconds=1200,
    ),
    Suite(
        name="faults[rabbitmq4]",
        path="tests/faults",
        starts=frozenset({"mariadb"}),
        starts_in_docker=frozenset({"rabbitmq"}),
        env={"FAULTS_BROKER": "docker"},
        only_by_name=True,
        test_seconds=300,
        seconds=1200,
    ),
    Suite(name="e2e[compose]", path="tests/e2e", env={"E2E_STACK": "compose"}, only_by_name=True, test_seconds=600),
)


def main(arguments: list[str]) -> int:
    names, options = split(arguments)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell that starts us with & has it ignored, by all we start too
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, stop)
    try:
        return report(run_all(runnable(chosen(names), named=bool(names)), options))
    except find.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except ServerError as error:
        print(error, file=sys.stderr)
        print("0 passed, 1 failed", flush=True)
        return 1
    except Stopped as stopped:
        print(f"stopped by {stopped.by.name}", file=sys.stderr)
        return 128 + stopped.by


def stop(number: int, _: FrameType | None) -> NoReturn:
    raise Stopped(by=signal.Signals(number))


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Suites before `--`, pytest's options after it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def chosen(names: list[str]) -> list[Suite]:
    for name in names:
        if not any(name in (suite.name, suite.group) for suite in SUITES):
            raise find.Missing(f"There is no suite {name}, but {', '.join(suite.name for suite in SUITES)}.")
    return [suite for suite in SUITES if suite.is_meant(names)]


def runnable(suites: list[Suite], *, named: bool) -> list[Suite]:
    """All of them; or, where the caller's URLs name some servers only, those that can run on what is there."""
    given = find.given()
    left = []
    for suite in suites:
        if why := absent(suite):
            print(f"left out: {suite.name}: {why}", flush=True)
            continue
        try:
            for kind in (suite.uses - given.keys()) | suite.starts:
                find.way(kind)
        except find.Missing as missing:
            if named or not given:
                raise
            print(f"left out: {suite.name}: {missing}", flush=True)
        else:
            left.append(suite)
    return left


def absent(suite: Suite) -> str:
    """What it cannot do without and is not here. In CI, which is Debian, no program may be missing."""
    if images := [find.IMAGES[kind] for kind in sorted(suite.starts_in_docker) if not find.has_image(kind)]:
        return f"there is no Docker image {', '.join(images)}."
    if programs := [name for name in sorted(suite.programs) if not find.program(name)]:
        why = f"there is no {' and no '.join(programs)} (python3 tests/servers/install.py)."
        if os.environ.get("CI") == "true":
            raise find.Missing(f"The suite {suite.name} cannot be left out in CI: {why}")
        return why
    return ""


def run_all(suites: list[Suite], options: list[str]) -> list[Result]:
    with contextlib.ExitStack() as stack:
        scratch = Folder()
        stack.callback(scratch.remove)
        servers: dict[str, Server] = {}
        for kind in sorted(frozenset().union(*(suite.uses for suite in suites)), reverse=True):  # the slowest first
            servers[kind] = pick.usable(kind)
            stack.callback(servers[kind].close)
        for title, seconds in start_all(servers.values()).items():
            print(f"{title} answers after {seconds:.1f} s", flush=True)
        environments = [environment(suite, servers, scratch.path) for suite in suites]
        return [run(suite, env, scratch.path, options) for suite, env in zip(suites, environments, strict=True)]


def environment(suite: Suite, servers: dict[str, Server], scratch: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not OF_THE_PRODUCT.fullmatch(name)}
    env |= {"PYTHONUNBUFFERED": "1", **suite.env}
    if "rabbitmq" in suite.uses:
        env["TEST_BROKER_URL"] = servers["rabbitmq"].url
    if suite.database == "sqlite":
        env["DATABASE_URL"] = f"sqlite:///{scratch / suite.folder}.sqlite3"
    elif suite.database:
        server = servers[suite.database]
        assert isinstance(server, Databases)
        env["DATABASE_URL"] = server.create_database(f"{suite.folder}_{os.getpid()}")
    return env


def run(suite: Suite, env: dict[str, str], scratch: Path, options: list[str]) -> Result:
    print(f"\n===== {suite.name} =====", flush=True)
    outcomes = scratch / f"{suite.name}.xml"
    command = [sys.executable, "-m", "pytest", suite.path, "-p", "no:cacheprovider"]
    command += [f"--timeout={suite.test_seconds}", f"--junitxml={outcomes}", *suite.options, *options]
    began = time.monotonic()
    exit_code = call(command, folder=ROOT / suite.folder, env=env, seconds=suite.seconds or SUITE_SECONDS)
    return judge(suite.name, exit_code, outcomes, time.monotonic() - began)


def call(command: list[str], *, folder: Path, env: dict[str, str], seconds: int) -> int | None:
    """The exit code, None when it took too long. Nothing of its process group is left, whatever happens."""
    process = subprocess.Popen(
        [*ends_with_us(signal.SIGINT), *command], cwd=folder, env=env, stdin=subprocess.DEVNULL, process_group=0
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_suite(process)


def end_suite(process: subprocess.Popen[bytes]) -> None:
    try:
        process.send_signal(signal.SIGINT)  # pytest then tears its fixtures down; a second signal to us ends that too
        wait_until(lambda: process.poll() is not None, seconds=GRACE_SECONDS)
    finally:
        end_family(process.pid)
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make run`: migrates, then runs both webs, consumer, worker and, with a broker, the relay; Ctrl-C ends them all."""

import contextlib
import fcntl
import importlib.util
import os
import shlex
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO
from urllib.parse import quote

from honcho.printer import Printer
from manager import PatientManager, Straight
from welcome import announce

ROOT = Path(__file__).resolve().parent.parent
DRIVERS = {"mysql": "mysql", "mariadb": "mysql", "postgres": "postgres", "postgresql": "postgres"}
MODULES = {"mysql": "MySQLdb", "postgres": "psycopg"}
METRICS_PORTS = range(9100, 9200)  # below those that outgoing connections get
OURS = ("DATABASE_URL", "BROKER_URL")  # each process gets its own, which a file of the caller's must not overrule
MEASURED = ("relay", "consumer", "worker")  # those that serve metrics of their own
STOPPED = (130, 143)  # by Ctrl-C or SIGTERM, which is how it is meant to end


@dataclass(frozen=True)
class Plan:
    """What the environment asks for."""

    var: Path
    broker_url: str
    ports: dict[str, int]
    database_urls: dict[str, str]

    @classmethod
    def from_environ(cls) -> "Plan":
        var = Path(os.environ.get("VAR_DIR", "var")).absolute()
        return cls(
            var=var,
            broker_url=given("BROKER_URL"),
            ports={
                name: port(f"{name.upper()}_PORT", default) for name, default in (("admin", 8000), ("service", 8001))
            },
            database_urls={
                name: given(f"{name.upper()}_DATABASE_URL") or f"sqlite:///{quote(str(var / name))}.sqlite3"
                for name in ("admin", "service")
            },
        )

    @property
    def through(self) -> str:
        """What events go through, in words, without passwords."""
        nodes = ", ".join(url.rpartition("@")[2] for url in self.broker_url.split(","))
        return f"through {nodes}" if nodes else "embedded, no broker"

    def web(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def environment(self, name: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key.removesuffix("_FILE") not in OURS}
        return inherited | {
            "PYTHONUNBUFFERED": "1",
            "DEBUG": os.environ.get("DEBUG", "1"),
            "DATABASE_URL": self.database_urls[name],
            "ADMIN_URL": os.environ.get("ADMIN_URL", self.web("admin")),
            "SERVICE_URL": os.environ.get("SERVICE_URL", self.web("service")),
            "CONSOLE_URL": os.environ.get("CONSOLE_URL", f"{self.web(name)}/admin/"),
            **({"BROKER_URL": self.broker_url} if self.broker_url else {}),
        }


def main(arguments: list[str]) -> None:
    plan = Plan.from_environ()
    if arguments:
        manage(plan, *arguments)
    make_folder(plan.var / "run")
    lock = require_alone(plan)
    for name, number in plan.ports.items():
        require_free(name, number)
    for name, url in plan.database_urls.items():
        install_driver(name, url)
    migrate(plan)
    with contextlib.ExitStack() as held:
        held.callback(lock.close)
        run(plan, {name: place(held) for name in MEASURED if name in processes(plan)})


def run(plan: Plan, places: dict[str, str]) -> NoReturn:
    """`places`: of the metrics of those that serve some."""
    manager = PatientManager(Printer(Straight()))
    for name, (service, command) in processes(plan).items():
        kept = [
            sys.executable,
            str(ROOT / "dev/keep.py"),
            str(os.getpid()),
            str(plan.var / f"run/{name}.pid"),
            *command,
        ]
        env = plan.environment(service) | {"METRICS_BIND": places.get(name, "")}
        manager.add_process(name, f"exec {shlex.join(kept)}", env=env, cwd=str(ROOT / service))
    told = {"through": plan.through, "places": places}
    threading.Thread(target=announce, args=[plan.web("admin"), plan.web("service")], kwargs=told, daemon=True).start()
    manager.loop()
    sys.exit(0 if manager.returncode in STOPPED else manager.returncode)


def manage(plan: Plan, name: str, *command: str) -> NoReturn:
    """Becomes manage.py of that service."""
    if name not in plan.ports:
        sys.exit("Say whose manage.py: dev/manage service check_drift, or dev/manage admin shell.")
    os.chdir(ROOT / name)
    os.execve(sys.executable, [sys.executable, "manage.py", *command], plan.environment(name))


def processes(plan: Plan) -> dict[str, tuple[str, list[str]]]:
    """Name → the service whose folder and environment it has, and its command."""
    found = {
        "admin": ("admin", gunicorn(plan.ports["admin"])),
        "service": ("service", gunicorn(plan.ports["service"])),
        "consumer": ("service", [sys.executable, "consumer.py"]),
    }
    if plan.broker_url:
        found["relay"] = ("admin", [sys.executable, "manage.py", "relay"])
    found["worker"] = ("admin", worker())
    return found


def worker() -> list[str]:
    """The only one, so it has the schedules too."""
    options = ["--beat", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    return [sys.executable, "-m", "celery", "-A", "config", "-q", "worker", *options]


def gunicorn(number: int) -> list[str]:
    """Threads, since a waiting subscriber occupies one; a single process, so that a commit wakes it at once."""
    options = ["--worker-class", "gthread", "--threads", "8", "--no-control-socket", "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{number}", *options]


def port(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        sys.exit(f"make run: {variable}={value} is no port number.")
    return int(value)


def given(name: str) -> str:
    """The variable, or what the file holds that NAME_FILE names."""
    file = os.environ.get(f"{name}_FILE")
    try:
        return Path(file).read_text().strip() if file else os.environ.get(name, "")
    except OSError as error:
        sys.exit(f"make run: {name}_FILE={file} cannot be read ({error.strerror}).")


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"make run: {folder} cannot be made ({error.strerror}). Set VAR_DIR to a folder that can be written.")


def require_alone(plan: Plan) -> TextIO:
    """The lock on VAR_DIR, held until it is closed; two installations must not share ports, files or a database."""
    if plan.ports["admin"] == plan.ports["service"]:
        sys.exit("make run: ADMIN_PORT and SERVICE_PORT are the same. Set one to another.")
    if plan.database_urls["admin"] == plan.database_urls["service"]:
        sys.exit("make run: ADMIN_DATABASE_URL and SERVICE_DATABASE_URL are the same. Each service needs its own.")
    lock = (plan.var / "run/lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"make run: it runs already in {plan.var}. Set VAR_DIR to another folder.")
    return lock


def require_free(name: str, number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            sys.exit(
                f"make run: {name} cannot have port {number} ({error.strerror}). Set {name.upper()}_PORT to another."
            )


def place(held: contextlib.ExitStack) -> str:
    """host:port for a process's metrics, nobody else's as long as it is held; empty where none can be had.

    Held by a socket that is bound beside the process's own, which Linux allows; elsewhere it is let go.
    """
    for number in METRICS_PORTS:
        holder = held.enter_context(socket.socket())
        with contextlib.suppress(OSError):
            holder.bind(("127.0.0.1", number))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if sys.platform != "linux":
                holder.close()
            return f"127.0.0.1:{number}"
    return ""


def install_driver(service: str, url: str) -> None:
    """What a database URL needs beyond the default installation."""
    driver = DRIVERS.get(url.partition(":")[0])
    if driver is None or importlib.util.find_spec(MODULES[driver]):
        return
    wanted = ROOT / service / f"requirements-{driver}.txt"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(wanted)]
    if subprocess.run(pip).returncode:
        sys.exit(
            f"make run: the driver for {service.upper()}_DATABASE_URL could not be installed. mysqlclient needs "
            "a compiler and headers; on Debian: apt-get install gcc python3-dev libmariadb-dev pkg-config."
        )


def migrate(plan: Plan) -> None:
    """Both at once; what a failing one says is shown."""
    command = [sys.executable, "manage.py", "migrate", "--noinput", "-v0"]
    running = [
        subprocess.Popen(command, cwd=ROOT / name, env=plan.environment(name), stderr=subprocess.PIPE, text=True)
        for name in plan.database_urls
    ]
    errors = [(process.communicate()[1], process.returncode) for process in running]
    for said, code in errors:
        if code:
            sys.exit(said.strip() or f"make run: migrate failed with code {code}")


if __name__ == "__main__":
    main(sys.argv[1:])

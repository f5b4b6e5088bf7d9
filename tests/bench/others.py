"""The contenders as processes: each with a database for its side and one for its copy."""

from typing import Any

from tests.bench.place import CONTENDERS, Place
from tests.faults.lab.programs import Program


class Contender:
    def __init__(self, place: Place, app: str, *, copy_app: str = "", name: str = "") -> None:
        self._place, self._app, self._name = place, app, name or app
        # django-cqrs knows no other virtual host but this one.
        self.broker_url = place.broker.virtual_host("/" if app.startswith("cqrs") else self._name)
        copy_app = copy_app or app
        self._env = {
            "BROKER_URL": self.broker_url,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(CONTENDERS),
        }
        self.own, self.copy = self._side("own", app), self._side("copy", copy_app)

    def connect(self, side: str) -> Any:
        return self._place.connect(f"{self._name}_{side}")

    def table(self, side: str) -> str:
        return f"{(self.own if side == 'own' else self.copy)['CONTENDER']}_product"

    def web(self, name: str = "", **env: str) -> tuple[Program, str]:
        return self._place.web(f"{self._name}{name}", "wsgi", CONTENDERS, **self.own, **env)

    def consumer(self, command: list[str]) -> Program:
        return self._place.program(f"{self._name}-consumer", command, **self.copy)

    def fill(self, count: int, description: str) -> None:
        """Puts so many products on their way, by its own producer."""
        self._place.run(f"{self._name}-fill", [str(CONTENDERS / "fill.py"), str(count), description], **self.own)

    def _side(self, side: str, app: str) -> dict[str, str]:
        url = self._place.mariadb.create_database(f"{self._name}_{side}")
        env = self._env | {"CONTENDER": app, "DATABASE_URL": url}
        command = [str(CONTENDERS / "manage.py"), "migrate", "--run-syncdb", "-v0"]
        self._place.run(f"{self._name}-{side}-migrate", command, **env)
        return env

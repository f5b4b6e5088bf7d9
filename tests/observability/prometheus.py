"""A private Prometheus, which scrapes as ours would but finds its targets elsewhere, and its HTTP API."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.servers import find
from tests.servers.process import Process
from tests.servers.server import NativeServer

ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "docker-conf" / "prometheus"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docker-conf" / "grafana" / "lockstep.json").read_text())
RULES: list[dict[str, Any]] = yaml.safe_load((CONF / "rules.yml").read_text())["groups"][0]["rules"]
PROMTOOL_SECONDS = 30


class Prometheus(NativeServer):
    title = "Prometheus"

    def __init__(self, targets: Mapping[str, str]) -> None:
        """`targets`: job → host:port in place of what docker-conf says; a job without one is not there."""
        super().__init__()
        self._port = self.reserve_port()
        self._targets = targets
        self.url = f"http://127.0.0.1:{self._port}"

    def launch(self) -> None:
        if self._program is None:
            (self.folder / "prometheus.yml").write_text(yaml.safe_dump(self._configuration()))
            options = [f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data"]
            options += [f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=warn"]
            program = find.program("prometheus")
            assert program is not None
            self._program = Process([program, *options], log=self._log, env={"PATH": "/usr/bin"})
        self._program.start()

    def answers(self) -> bool:
        try:
            self.ask("query", query="vector(1)")
        except OSError as error:
            self.refusal = str(error)
            return False
        return True

    def ask(self, what: str, **parameters: str) -> Any:
        """What its API answers, without the envelope. Raises OSError, where it refuses too."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with opener.open(url, timeout=10) as answer:
            return json.loads(answer.read())["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        return list(self.ask("query", query=expression)["result"])

    def _configuration(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((CONF / "prometheus.yml").read_text())
        found["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        found["rule_files"] = [str(CONF / "rules.yml")]
        found["scrape_configs"] = [job for job in found["scrape_configs"] if job["job_name"] in self._targets]
        for job in found["scrape_configs"]:
            job.pop("dns_sd_configs", None)
            job["static_configs"] = [{"targets": [self._targets[job["job_name"]]]}]
        return found


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = find.program("promtool")
    assert program is not None
    return subprocess.run(
        [program, *arguments], check=False, capture_output=True, text=True, timeout=PROMTOOL_SECONDS, cwd=CONF
    )

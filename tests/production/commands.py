"""A command of either service, with the settings of production and nothing of this shell's."""

import secrets
import subprocess
import sys

from tests.e2e.stacks.processes import ROOT, environment

KEY = secrets.token_urlsafe(50)
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "shop.example.com", "TRUSTED_PROXIES": "1"}
SERVICES = ("admin", "service")
SECONDS = 60


def manage(service: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT / service,
        env=environment(PRODUCTION | settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

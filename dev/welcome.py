"""What `make run` says once all is ready: where things are, and what to try first."""

import time
import urllib.error
import urllib.request

READY_SECONDS = 30


def announce(admin: str, service: str, *, through: str, places: dict[str, str]) -> None:
    """Waits for both webs. `through`: what events go through; `places`: where whose metrics are, as host:port."""
    deadline = time.monotonic() + READY_SECONDS
    while not (is_ready(admin) and is_ready(service)):
        if time.monotonic() > deadline:
            print(f"make run: not ready after {READY_SECONDS} s, see the lines above", flush=True)
            return
        time.sleep(0.1)
    metrics = "".join(f"    {name:<8} http://{bind}/metrics\n" for name, bind in places.items() if bind)
    line = f"curl -X POST {admin}/api/products -H 'Content-Type: application/json' "
    print(
        f"\n  Lockstep is running ({through}). Ctrl-C stops it.\n"
        f"    admin    {admin}/api/products and /metrics, for people {admin}/admin/\n"
        f"    service  {service}/api/products and /metrics, for people {service}/admin/\n"
        f"{metrics}"
        f"  The pages want a user: dev/manage admin createsuperuser, and the same for service.\n"
        f"  Where a screen says manage.py, it is dev/manage admin or dev/manage service here.\n"
        f"  Create a product on admin, then see it on service:\n"
        f'    {line}-d \'{{"title":"Lamp","price":"19.90"}}\'\n'
        f"    curl {service}/api/products/1\n"
        f"  Fill the catalogue from another shop's pages or feeds:\n"
        f"    curl -X POST {admin}/api/imports -H 'Content-Type: application/json' -d '{{\"url\":\"https://…\"}}'\n",
        flush=True,
    )


def is_ready(base: str) -> bool:
    try:
        # Straight: a proxy that the environment names is for the world outside.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{base}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False

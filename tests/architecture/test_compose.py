"""What docker-compose.yml and the Dockerfiles promise, read as text: no engine is needed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = {"admin", "service"}
PUBLIC_IMAGES = {"rabbitmq:4-management", "mariadb:11.8", "prom/prometheus:v3.5.0", "grafana/grafana:12.0.2"}
WATCHING = {"prometheus": "observability", "grafana": "observability", "flower": "flower"}  # with their profiles
PUBLISHED = {
    "admin": ["127.0.0.1:${ADMIN_PORT:-8000}:8000"],
    "service": ["127.0.0.1:${SERVICE_PORT:-8001}:8001"],
    "rabbitmq": ["127.0.0.1:${MANAGEMENT_PORT:-15672}:15672"],
    "flower": ["127.0.0.1:${FLOWER_PORT:-5555}:5555"],
    "prometheus": ["127.0.0.1:${PROMETHEUS_PORT:-9090}:9090"],
    "grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"],
}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
each_image = pytest.mark.parametrize("folder", sorted(BUILT))


def instructions(folder: str) -> list[tuple[str, str]]:
    """The Dockerfile's instructions as (name, rest), continued lines joined, comments left out."""
    lines = [line for line in (ROOT / folder / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", "").splitlines()
    return [(line.split()[0].upper(), line.partition(" ")[2].strip()) for line in joined if line.strip()]


def final_stage(folder: str) -> list[tuple[str, str]]:
    found = instructions(folder)
    return found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]


def waited_for(service: dict[str, Any]) -> dict[str, str]:
    return {name: how["condition"] for name, how in service.get("depends_on", {}).items()}


def passed_on() -> set[str]:
    """Variables that have no value in the file: they come from the shell or .env, or are not set at all."""
    given = [item for service in SERVICES.values() for item in service["environment"].items()]
    return {name for name, value in given if value is None}


def test_it_is_named_and_has_no_version() -> None:
    assert COMPOSE["name"] == "lockstep"
    assert "version" not in COMPOSE


def test_only_what_people_open_is_published_and_on_loopback_alone() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == PUBLISHED


@each_service
def test_every_container_shares_the_one_network_and_no_name_stops_it_from_scaling(service: dict[str, Any]) -> None:
    assert service["networks"] == ["lockstep"]
    assert not {"container_name", "network_mode", "privileged"} & set(service)


def test_the_network_is_a_bridge_of_this_project() -> None:
    assert COMPOSE["networks"] == {"lockstep": {"driver": "bridge"}}


@each_service
def test_images_are_pinned_or_built_here(service: dict[str, Any]) -> None:
    built = {f"${{COMPOSE_PROJECT_NAME}}-{folder}" for folder in BUILT}
    assert service["image"] in PUBLIC_IMAGES | built
    assert (service.get("pull_policy") == "never") == (service["image"] in built)


def test_each_image_is_built_once_by_what_all_its_roles_wait_for() -> None:
    builders = {service["image"]: name for name, service in SERVICES.items() if "build" in service}
    assert {SERVICES[name]["build"] for name in builders.values()} == {f"./{folder}" for folder in BUILT}
    for name, service in SERVICES.items():
        builder = builders.get(service["image"], name)
        assert builder == name or builder in waited_for(service)


@each_service
def test_it_waits_for_health_or_for_the_end_of_a_job(service: dict[str, Any]) -> None:
    for name, condition in waited_for(service).items():
        if condition == "service_healthy":
            assert "test" in SERVICES[name]["healthcheck"]
        else:
            assert condition == "service_completed_successfully"
            assert SERVICES[name]["restart"] == "no"


def test_watching_is_for_whoever_asks_for_it_and_nothing_waits_for_it() -> None:
    asked_for = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert asked_for == {name: [profile] for name, profile in WATCHING.items()}
    assert not [name for name, service in SERVICES.items() if WATCHING.keys() & waited_for(service).keys()]


@pytest.mark.parametrize("name", ["relay", "consumer", "worker", "beat"])
def test_a_long_running_process_is_asked_whether_it_turns_its_loop(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][:3] == ["CMD", "python", "-c"]
    port = SERVICES[name]["environment"]["METRICS_BIND"].removeprefix("0.0.0.0:")
    assert f"'127.0.0.1', {port}" in check["test"][3]
    assert "/healthz" in check["test"][3]
    compile(check["test"][3], "healthcheck", "exec")


@each_service
def test_it_is_asked_for_its_health_and_has_time_to_start(service: dict[str, Any]) -> None:
    check = service.get("healthcheck", {"of the image": True})
    is_job = "migrate" in service.get("command", [])
    assert is_job == (check == {"disable": True})
    if "test" in check:
        assert check["start_period"] == "60s"


def test_prometheus_asks_where_the_processes_are() -> None:
    jobs = yaml.safe_load((ROOT / "docker-conf" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    for job in jobs:
        for found in job.get("dns_sd_configs", []):
            (name,) = found["names"]
            assert SERVICES[name]["environment"]["METRICS_BIND"] == f"0.0.0.0:{found['port']}"
        for found in job.get("static_configs", []):
            (target,) = found["targets"]
            name, _, port = target.partition(":")
            if name in BUILT:
                assert SERVICES[name]["ports"][0].endswith(f":{port}")
                assert f"EXPOSE {port}" in (ROOT / name / "Dockerfile").read_text()
    wanted = {"admin", "relay", "service", "consumer", "worker", "rabbitmq"}
    assert {job["job_name"] for job in jobs} == wanted <= SERVICES.keys()


def test_nothing_waits_for_the_broker() -> None:
    assert not [name for name, service in SERVICES.items() if "rabbitmq" in waited_for(service)]


@each_service
def test_it_has_more_time_to_stop_than_it_needs_and_is_started_again(service: dict[str, Any]) -> None:
    assert service["init"] is True
    assert int(service["stop_grace_period"].removesuffix("s")) > 30
    is_job = "migrate" in service.get("command", [])
    assert service["restart"] == ("no" if is_job else "unless-stopped")


@each_service
def test_mounted_settings_are_single_files_that_exist_and_cannot_be_changed(service: dict[str, Any]) -> None:
    mounts = [volume.split(":") for volume in service.get("volumes", []) if volume.startswith(".")]
    assert all((ROOT / source).is_file() and mode == ["ro"] for source, _, *mode in mounts)


def test_every_variable_stands_in_the_example() -> None:
    used = passed_on() | set(re.findall(r"\$\{(\w+)", re.sub(r"#.*", "", TEXT)))
    example = re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert used - set(example) == set()


@each_image
def test_every_variable_given_to_a_process_is_one_that_it_reads(folder: str) -> None:
    given = {
        name
        for service in SERVICES.values()
        if service["image"].endswith(f"-{folder}")
        for name in service["environment"]
    }
    settings = (ROOT / folder / "config" / "settings.py").read_text()
    unread = {name for name in given - knobs(folder) if f'"{name}"' not in settings}
    assert unread == {"WEB_CONCURRENCY"}  # gunicorn's own


def knobs(folder: str) -> set[str]:
    """Those that the apps' own conf.py read."""
    found = set()
    for text in (conf.read_text() for conf in (ROOT / folder).glob("*/conf.py")):
        (prefix,) = re.findall(r'^PREFIX = "(\w+)"', text, re.MULTILINE)
        found |= {prefix + name.upper() for name in re.findall(r"^    (\w+): .* = ", text, re.MULTILINE)}
    return found


def test_jobs_and_imports_can_be_set() -> None:
    of_workers = {name for name in knobs("admin") if name.startswith(("JOBS_", "IMPORTS_"))}
    assert of_workers <= passed_on()


@pytest.mark.parametrize("name", ["worker", "beat", "flower"])
def test_celery_is_started_as_the_apps_own(name: str) -> None:
    assert SERVICES[name]["command"][:5] == ["celery", "-A", "config", "-q", name]
    assert SERVICES[name]["image"] == "${COMPOSE_PROJECT_NAME}-admin"


@each_image
def test_nothing_that_the_image_sets_is_taken_away_again(folder: str) -> None:
    """The engine reads a name without a value as "remove": that would undo the image's ENV in silence."""
    in_image = {name for kind, rest in final_stage(folder) if kind == "ENV" for name in re.findall(r"(\w+)=", rest)}
    assert not in_image & passed_on()


def test_no_url_is_written_with_a_password_that_cannot_be_changed() -> None:
    assert re.findall(r"://\w+:(?!\$\{)[^@\s]*@", TEXT) == []


@pytest.mark.parametrize("pattern", ["docker-compose.yml", "docker-conf/*/*", "*/Dockerfile"])
def test_nothing_sleeps(pattern: str) -> None:
    files = list(ROOT.glob(pattern))
    assert files
    assert not [file for file in files if re.search(r"\bsleep\b", file.read_text())]


@each_image
def test_the_image_is_built_in_two_stages_and_is_not_run_by_root(folder: str) -> None:
    found = instructions(folder)
    assert [rest for name, rest in found if name == "FROM"] == ["python:3.13-slim AS builder", "python:3.13-slim"]
    user = [rest for name, rest in final_stage(folder) if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user[-1])


@each_image
def test_only_locked_packages_are_installed_and_no_tool_is_left(folder: str) -> None:
    installs = [rest for name, rest in instructions(folder) if name == "RUN" and re.search(r"\bpip .*install", rest)]
    assert installs
    assert all("--require-hashes" in rest and "--no-cache-dir" in rest for rest in installs)
    shipped = " ".join(rest for name, rest in final_stage(folder) if name == "RUN")
    assert not re.search(r"\bgcc\b|-dev\b|\bpip\b|build-essential|curl", shipped)


@each_image
def test_the_locked_packages_come_before_the_code(folder: str) -> None:
    copied = [rest for name, rest in instructions(folder) if name == "COPY"]
    more = "requirements-flower.txt " if folder == "admin" else ""
    assert copied == [
        f"requirements.txt requirements-mysql.txt requirements-otel.txt {more}./",
        "--from=builder /venv /venv",
        ". .",
    ]


@each_image
def test_what_is_copied_into_the_image_is_not_kept_from_it(folder: str) -> None:
    ignored = (ROOT / folder / ".dockerignore").read_text().splitlines()
    (locked,) = [rest.split()[:-1] for name, rest in instructions(folder) if name == "COPY" and "requirements" in rest]
    assert "requirements*" in ignored
    assert {f"!{name}" for name in locked} == {line for line in ignored if line.startswith("!")}


@each_image
def test_the_command_and_the_health_check_need_no_shell(folder: str) -> None:
    last = dict(final_stage(folder))
    assert json.loads(last["CMD"])[0] == "gunicorn"
    check = json.loads(last["HEALTHCHECK"].partition(" CMD ")[2])
    assert check[:2] == ["python", "-c"]
    assert "/readyz" in check[2]
    compile(check[2], "HEALTHCHECK", "exec")


@each_image
def test_what_is_secret_or_of_no_use_stays_out_of_the_image(folder: str) -> None:
    ignored = (ROOT / folder / ".dockerignore").read_text().splitlines()
    assert {"tests/", "**/.env*", "**/*.sqlite3*", ".venv/", "var/"} <= set(ignored)
    assert not [rest for _, rest in instructions(folder) if re.search(r"secret|password|://", rest, re.IGNORECASE)]

"""What docker-compose.prod.yml promises, read as text: no engine is needed."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.prod.yml").read_text()


class Loader(yaml.SafeLoader):
    """Knows Compose's `!override`, which puts a value in place of the first file's and is the value here."""


Loader.add_constructor("!override", lambda loader, node: loader.construct_mapping(node, deep=True))
OVERLAY: dict[str, Any] = yaml.load(TEXT, Loader)
BASE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = OVERLAY["services"]
OURS = {name for name, service in BASE["services"].items() if "COMPOSE_PROJECT_NAME" in service["image"]}
PASSED_ON = {"CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "HTTPS", "LOG_LEVEL", "PUBLIC_READ", "WRITE_RATE"}
PASSED_ON |= {"OTEL_EXPORTER_OTLP_ENDPOINT"}
OF_ADMIN = {f"JOBS_{name}" for name in ("SECONDS", "LEASE_SECONDS", "TRIES", "RETRY_SECONDS")}
OF_ADMIN |= {
    f"IMPORTS_{name}" for name in ("PRIVATE_NETWORKS", "DELAY_SECONDS", "MAX_BYTES", "MAX_PAGES", "FETCH_SECONDS")
}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
each_of_ours = pytest.mark.parametrize("name", sorted(OURS))


def test_nothing_is_left_as_it_is_in_development() -> None:
    assert SERVICES.keys() == BASE["services"].keys()
    assert OVERLAY["name"] != BASE["name"]  # else the volumes, and the passwords in them, would be development's


@each_service
def test_a_process_can_change_nothing_but_its_data_and_has_no_more_rights_than_any(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "cpus", "pids"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - OURS))
def test_no_server_is_started_by_root(name: str) -> None:
    assert SERVICES[name]["user"] in ("rabbitmq", "mysql", "nobody", "472")  # our own images say it themselves


def test_nothing_of_developments_environment_is_merged_in() -> None:
    assert TEXT.count("environment:") == TEXT.count("environment: !override") == 8


@each_service
def test_no_secret_stands_in_the_environment(service: dict[str, Any]) -> None:
    given = {name: value for name, value in service["environment"].items() if re.search("KEY|URL|PASS|TOKEN", name)}
    for name in ("ADMIN_URL", "SERVICE_URL", "CONSOLE_URL"):
        given.pop(name, None)
    assert all(value == f"/run/secrets/{value.rpartition('/')[2]}" for value in given.values())
    assert all(name.endswith("_FILE") for name in given)
    assert all("@" not in value for name, value in service["environment"].items() if name.endswith("_URL"))


@each_of_ours
def test_every_file_that_a_process_reads_is_mounted_and_no_other(name: str) -> None:
    read = {value.rpartition("/")[2] for key, value in SERVICES[name]["environment"].items() if key.endswith("_FILE")}
    assert read == set(SERVICES[name]["secrets"])


def test_flower_lets_nobody_in_without_its_password() -> None:
    entrypoint = SERVICES["flower"]["entrypoint"]
    assert entrypoint[:2] == ["sh", "-euc"]
    assert 'FLOWER_BASIC_AUTH="flower:$$(cat "$$FLOWER_PASSWORD_FILE")"' in entrypoint[2]


def test_prometheus_has_the_tokens_that_its_configuration_names() -> None:
    text = (ROOT / "docker-conf" / "prometheus" / "production.yml").read_text()
    assert set(re.findall(r"/run/secrets/(\w+)", text)) == set(SERVICES["prometheus"]["secrets"])


@pytest.mark.parametrize("name", ["admin", "service"])
def test_a_web_answers_to_its_name_in_the_network(name: str) -> None:
    """The other side's console asks for it by that, and Prometheus."""
    assert SERVICES[name]["environment"]["ALLOWED_HOSTS"].endswith(f",{name}")


@each_of_ours
def test_it_is_no_development_and_names_its_hosts(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["DEBUG"] == "0"
    assert environment["ALLOWED_HOSTS"].startswith("${ALLOWED_HOSTS:?")
    of_this_side = OF_ADMIN if BASE["services"][name]["image"].endswith("-admin") else set()
    assert {key for key, value in environment.items() if value is None} == PASSED_ON | of_this_side


def test_admin_and_service_share_no_secret() -> None:
    of_admin, of_service = set(SERVICES["relay"]["secrets"]), set(SERVICES["consumer"]["secrets"])
    assert of_admin & of_service == set()


def test_every_secret_is_a_file_of_the_folder_that_dev_secrets_fills(tmp_path: Path) -> None:
    subprocess.run([ROOT / "dev" / "secrets", tmp_path], check=True, capture_output=True)
    wanted = {secret["file"] for secret in OVERLAY["secrets"].values()}
    assert {f"${{SECRETS_DIR:-./secrets}}/{file.name}" for file in tmp_path.iterdir()} >= wanted
    assert "secrets/" in (ROOT / ".gitignore").read_text().split()


def test_a_second_run_changes_nothing_that_was_there_but_follows_it(tmp_path: Path) -> None:
    command = [ROOT / "dev" / "secrets", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    (tmp_path / "admin_database_url").write_text("mysql://admin:p%40ss@elsewhere/admin\n")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = {file.name: file.read_text() for file in tmp_path.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"admin_database_url", "admin_database_password", "broker_definitions"}  # the last one: new salt
    assert after["admin_database_password"] == "p@ss\n"
    assert said == ""


def test_the_secrets_are_shut_off_from_other_users_of_the_host(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    subprocess.run([ROOT / "dev" / "secrets", folder], check=True, capture_output=True)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_no_password_and_no_hash_stands_in_the_definitions() -> None:
    users = json.loads((ROOT / "docker-conf/rabbitmq/definitions.json").read_text())["users"]
    assert [user["name"] for user in users] == ["admin", "service", "monitor"]
    assert all(user.keys() == {"name", "tags"} for user in users)


def test_every_variable_stands_in_the_example() -> None:
    used = PASSED_ON | OF_ADMIN | set(re.findall(r"\$\{(\w+)", re.sub(r"#.*", "", TEXT)))
    example = re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert used - set(example) == set()

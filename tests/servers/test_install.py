"""What is said and done where something is missing. Installing for real is what happens on each new machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import find, install

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(install, "POLICY", tmp_path / "policy-rc.d")
    return tmp_path / "policy-rc.d"


def test_no_service_may_start_while_packages_are_installed(policy: Path) -> None:
    with install.no_service_started():
        assert subprocess.run([policy, "postgresql", "start"], check=False).returncode == 101
    assert list(policy.parent.iterdir()) == []


def test_the_policy_that_was_there_comes_back_whatever_happens(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 0\n")
    policy.chmod(0o750)
    with pytest.raises(ZeroDivisionError), install.no_service_started():
        print(policy.read_text().index("101") / 0)
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert policy.stat().st_mode & 0o777 == 0o750
    assert list(policy.parent.iterdir()) == [policy]


def test_the_policy_that_was_there_may_be_a_link(policy: Path) -> None:
    policy.symlink_to("nowhere")
    with install.no_service_started():
        assert not policy.is_symlink()
    assert policy.readlink() == Path("nowhere")


def test_a_policy_of_ours_that_a_kill_left_behind_goes(policy: Path) -> None:
    policy.write_text(install.DO_NOT_START)
    with install.no_service_started():
        pass
    assert not policy.exists()


def test_all_that_is_missing_is_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert install.advice(["rabbitmq", "mariadb"], ["libmariadb-dev"]) == (
        "The tests need RabbitMQ, MariaDB and what mysqlclient is built with: install rabbitmq-server, mariadb-server"
        " and libmariadb-dev (on Debian, root's make test does that), or make the Docker images rabbitmq:4-management"
        " and mariadb:11.8 available, or name servers of yours in TEST_BROKER_URL and TEST_DATABASE_URL."
    )
    assert install.advice([], ["gcc"]) == (
        "The tests need what mysqlclient is built with: install gcc (on Debian, root's make test does that)."
    )


def test_without_rights_and_without_docker_it_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "is_debian", lambda: False)
    monkeypatch.setattr(install, "missing_headers", list)
    monkeypatch.setattr(find, "NATIVE", dict.fromkeys(find.NATIVE, lambda: None))
    monkeypatch.setattr(find, "docker_succeeds", lambda *_, seconds: False)
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.delenv("TEST_BROKER_URL", raising=False)
    assert install.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("The tests need RabbitMQ, MariaDB and PostgreSQL: ")
    assert said.count("\n") == 1
    monkeypatch.setenv("TEST_BROKER_URL", "amqp://shop@localhost")
    monkeypatch.setenv("TEST_DATABASE_URL", "mysql://shop@localhost")
    assert install.main() == 0


@pytest.mark.parametrize(("is_root", "installed"), [(True, [["chromium"]]), (False, [])])
def test_a_program_of_some_suites_is_installed_where_that_can_be_and_is_missed_by_nobody_else(
    monkeypatch: pytest.MonkeyPatch, is_root: bool, installed: list[list[str]]
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(install, "is_debian", lambda: True)
    monkeypatch.setattr(install.os, "geteuid", lambda: 0 if is_root else 1000)
    monkeypatch.setattr(install, "install", asked.append)
    monkeypatch.setattr(install, "missing_servers", list)
    monkeypatch.setattr(install, "missing_headers", list)
    monkeypatch.setattr(find, "program", lambda name: None)
    assert install.main() == 0
    assert asked == installed


@pytest.mark.parametrize("url", ["localhost:5672", "http://localhost", "mysql://localhost"])
def test_a_url_that_names_no_broker_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BROKER_URL", url)
    with pytest.raises(find.Missing, match="TEST_BROKER_URL must begin with amqp:// or amqps://"):
        find.given()


def test_it_needs_nothing_but_python() -> None:
    program = f"import runpy; runpy.run_path({str(ROOT / 'tests/servers/install.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

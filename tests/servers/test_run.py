"""The runner, on small suites that are written for the occasion."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests import run
from tests.outcomes import Result, report
from tests.servers import find
from tests.servers.process import live_processes, wait_until

ROOT = Path(__file__).resolve().parents[2]


def run_suite(folder: Path, code: str, *options: str) -> Result:
    (folder / "test_it.py").write_text(textwrap.dedent(code))
    suite = run.Suite(name="it", path="test_it.py", folder=str(folder))
    return run.run(suite, run.environment(suite, {}, folder), folder, list(options))


def summed_up(result: Result) -> tuple[str, int, int, int]:
    return result.verdict, result.passed, result.failed, result.skipped


EVERY_OUTCOME = """
    import pytest

    @pytest.fixture
    def untidy():
        yield
        raise OSError("cannot clean up")

    @pytest.mark.parametrize("number", range(5))
    def test_good(number): pass

    def test_bad(): assert False

    def test_passes_but_cannot_clean_up(untidy): pass

    def test_fails_and_cannot_clean_up(untidy): assert False

    @pytest.mark.skip
    def test_skipped(): pass

    @pytest.mark.xfail
    def test_known_to_fail(): assert False
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def test_good(): pass", ("passed", 1, 0, 0)),
        (EVERY_OUTCOME, ("failed", 5, 3, 2)),
        ("import nothing_of_that_name", ("failed", 0, 1, 0)),
        ("def test_dies(): import os; os._exit(0)", ("no test ran", 0, 1, 0)),
        ("def test_dies(): import os; os._exit(9)", ("crashed (9)", 0, 1, 0)),
        ("def test_dies(): import os; os.kill(os.getpid(), 9)", ("crashed (-9)", 0, 1, 0)),
        ("", ("no test ran", 0, 1, 0)),
        ("import pytest\n@pytest.mark.skip\ndef test_skipped(): pass", ("no test ran", 0, 1, 1)),
        ("def test_hangs():\n    while True: pass", ("failed", 0, 1, 0)),
    ],
)
def test_a_suite_is_judged_by_what_it_did(tmp_path: Path, code: str, expected: tuple[str, int, int, int]) -> None:
    assert summed_up(run_suite(tmp_path, code, "--timeout=2")) == expected


def test_a_suite_that_is_not_there_fails(tmp_path: Path) -> None:
    suite = run.Suite(name="it", path="test_it.py", folder=str(tmp_path))
    assert summed_up(run.run(suite, run.environment(suite, {}, tmp_path), tmp_path, [])) == ("could not start", 0, 1, 0)


def test_a_suite_that_hangs_outside_its_tests_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SUITE_SECONDS", 2)
    result = run_suite(tmp_path, "import time; time.sleep(1000)")
    assert (result.verdict, result.passed, result.failed) == ("took too long", 0, 1)


def test_nothing_of_a_suite_is_left_behind(tmp_path: Path) -> None:
    code = """
        import subprocess
        def test_forgets_a_process():
            process = subprocess.Popen(["sleep", "1000"])
            open("pid", "w").write(str(process.pid))
    """
    assert run_suite(tmp_path, code, "-W", "ignore").passed == 1
    assert wait_until(lambda: int((tmp_path / "pid").read_text()) not in live_processes(), seconds=10)


@pytest.mark.parametrize(
    ("number", "exit_code", "said"),
    [
        (signal.SIGTERM, 143, "stopped by SIGTERM\n"),
        (signal.SIGINT, 130, "stopped by SIGINT\n"),
        (signal.SIGKILL, -9, ""),
    ],
)
def test_a_signal_ends_the_suite_in_order_and_the_runner(
    tmp_path: Path, number: signal.Signals, exit_code: int, said: str
) -> None:
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent("""
            import os, pathlib, time, pytest

            @pytest.fixture
            def noting():
                pathlib.Path("started").write_text(str(os.getpid()))
                yield
                pathlib.Path("torn down").touch()

            def test_waits(noting): time.sleep(1000)
        """)
    )
    program = f"""
        import sys
        from tests import run
        run.SUITES = (run.Suite(name="it", path="test_it.py", folder={str(tmp_path)!r}),)
        sys.exit(run.main([]))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as runner:
        started = tmp_path / "started"
        assert wait_until(lambda: started.exists() and bool(started.read_text()), seconds=30)
        runner.send_signal(number)
        assert runner.communicate(timeout=30)[1] == said
    assert runner.returncode == exit_code
    assert wait_until(lambda: int(started.read_text()) not in live_processes(), seconds=10)
    assert (tmp_path / "torn down").exists()


def test_the_last_line_sums_up_all_suites(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = Result("good", "passed", 7, 0, 1, 2.5), Result("bad", "crashed (-9)", 0, 1, 0, 0.1)
    assert report([good]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 0 failed"
    assert report([good, bad]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "7 passed, 1 failed"
    assert re.search(r"bad +crashed \(-9\) +0 +1 +0 +0\.1", out)
    assert report([]) == 1


def test_suites_are_chosen_by_name_or_by_group() -> None:
    def names(*wanted: str) -> list[str]:
        return [suite.name for suite in run.chosen(list(wanted))]

    assert names("admin") == ["admin[sqlite]", "admin[mariadb]", "admin[postgres]"]
    assert names("contract", "admin[sqlite]") == ["admin[sqlite]", "contract"]
    assert names("e2e[compose]") == ["e2e[compose]"]
    assert "e2e[compose]" not in names("e2e") + names()
    with pytest.raises(find.Missing, match=r"no suite amdin, but .*admin\[sqlite\]"):
        names("amdin")


def test_a_suite_that_needs_a_container_is_left_out_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suites = run.chosen(["contract", "faults[rabbitmq4]"])
    monkeypatch.setattr(find, "has_image", lambda kind: False)
    assert [suite.name for suite in run.runnable(suites, named=True)] == ["contract"]
    left_out = "left out: faults[rabbitmq4]: there is no Docker image rabbitmq:4-management.\n"
    assert capsys.readouterr().out == left_out
    monkeypatch.setattr(find, "has_image", lambda kind: True)
    monkeypatch.setattr(find, "way", lambda kind: "native")
    assert run.runnable(suites, named=True) == suites


def test_a_suite_that_needs_a_program_is_left_out_where_there_is_none_but_never_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suites = run.chosen(["contract", "browser"])
    monkeypatch.setattr(find, "way", lambda kind: "native")
    monkeypatch.setattr(find, "program", lambda name: None)
    monkeypatch.delenv("CI", raising=False)
    assert [suite.name for suite in run.runnable(suites, named=True)] == ["contract"]
    said = "left out: browser: there is no chromium (python3 tests/servers/install.py).\n"
    assert capsys.readouterr().out == said
    monkeypatch.setenv("CI", "true")
    with pytest.raises(find.Missing, match="browser cannot be left out in CI: there is no chromium"):
        run.runnable(suites, named=False)
    monkeypatch.setattr(find, "program", Path)
    assert run.runnable(suites, named=True) == suites


def test_every_program_that_a_suite_needs_can_be_installed() -> None:
    assert frozenset().union(*(suite.programs for suite in run.SUITES)) == find.PROGRAMS.keys()


def test_pytests_options_stand_after_two_dashes() -> None:
    assert run.split(["admin", "--", "-k", "lamp"]) == (["admin"], ["-k", "lamp"])
    assert run.split(["admin"]) == (["admin"], [])


def test_the_shell_of_a_developer_does_not_reach_the_suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROKER_URL", "DATABASE_URL", "SECRET_KEY_FILE", "OUTBOX_BATCH", "ADMIN_DATABASE_URL"):
        monkeypatch.setenv(name, "of the shell")
    suite = run.Suite(name="it", path="tests", folder="admin", database="sqlite", env={"DEBUG": "1"})
    env = run.environment(suite, {}, tmp_path)
    assert "of the shell" not in env.values()
    assert (env["DATABASE_URL"], env["DEBUG"]) == (f"sqlite:///{tmp_path}/admin.sqlite3", "1")
    assert env["PATH"] == os.environ["PATH"]


def test_what_cannot_run_on_given_servers_is_left_out_unless_it_was_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_way(kind: str) -> str:
        raise find.Missing(f"no {kind}.")

    monkeypatch.setattr(find, "way", no_way)
    monkeypatch.delenv("TEST_BROKER_URL", raising=False)
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    suites = run.chosen(["admin", "contract"])
    with pytest.raises(find.Missing, match="no rabbitmq"):
        run.runnable(suites, named=False)
    monkeypatch.setenv("TEST_BROKER_URL", "amqp://shop@localhost")
    monkeypatch.setenv("TEST_DATABASE_URL", "mysql://shop@localhost")
    left = run.runnable(suites, named=False)
    assert [suite.name for suite in left] == ["admin[sqlite]", "admin[mariadb]", "contract"]
    assert capsys.readouterr().out == "left out: admin[postgres]: no postgres.\n"
    with pytest.raises(find.Missing, match="no postgres"):
        run.runnable(suites, named=True)

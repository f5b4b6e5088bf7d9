"""`make mutations`: breaks each mechanism once, in a copy of the project, and sees the test go red that guards it.

A test that stays green with its mechanism broken is a defect: this then ends with exit code 1. Some minutes; `make
mutations ONLY=guard` does those whose name has that word.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutations.mutation import Mutation  # noqa: E402  the path comes first
from tests.mutations.mutations import MUTATIONS  # noqa: E402

SECONDS = 300


def main(words: list[str]) -> int:
    chosen = [mutation for mutation in MUTATIONS if all(word in mutation.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="lockstep-mutations-") as folder:
        survivors = [mutation.name for mutation in chosen if not is_seen(mutation, Path(folder))]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutations were seen")
    for name in survivors:
        print(f"  not seen: {name}")
    return 1 if survivors else 0


def is_seen(mutation: Mutation, folder: Path) -> bool:
    """Whether just the test that is meant fails, and not for want of a server, of time, or of its name."""
    tree = folder / "project"
    copy(tree)
    for file, old, new in mutation.changes:
        text = (tree / file).read_text()
        assert text.count(old) == 1, f"{mutation.name}: {file} has {old!r} {text.count(old)} times: bring it up to date"
        (tree / file).write_text(text.replace(old, new))
    began = time.monotonic()
    said = output(mutation, tree)
    shutil.rmtree(tree)
    is_red = re.search(rf"^FAILED \S+::{mutation.test}\b", said, flags=re.MULTILINE) is not None
    verdict = "red, as it must be" if is_red else "NOT SEEN"
    print(f"{mutation.name:60} {verdict} ({time.monotonic() - began:.0f} s: {mutation.test})", flush=True)
    if not is_red:
        print(said[-3000:])
    return is_red


def output(mutation: Mutation, tree: Path) -> str:
    command = [sys.executable, "tests/run.py", mutation.suite, "--", "-q", "-x", "-rf", "-k", mutation.test]
    try:
        return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=SECONDS).stdout
    except subprocess.TimeoutExpired as error:
        return f"took longer than {SECONDS} s: {error.stdout!r}"


def copy(tree: Path) -> None:
    """What is tracked, as it stands here now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(ROOT / ".venv")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

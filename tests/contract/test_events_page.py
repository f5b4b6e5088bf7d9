"""Admin's page of the events is written from the contract, and committed: this one says when it is old."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_contract_says() -> None:
    written = runpy.run_path(str(ROOT / "dev/events_page.py"))["page"]()
    committed = (ROOT / "admin/outbox/templates/outbox/events.html").read_text()
    assert committed == written, "python dev/events_page.py > admin/outbox/templates/outbox/events.html"

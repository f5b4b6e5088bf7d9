"""What the other tests stand on sees what it must: a fault that nobody notices would make all of them green."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.sites import overflow
from tests.browser.witness import Witness

STRANGER = "127.0.0.1:9"  # where nobody listens
FAULTS = {
    "<script>console.error('so bad')</script>": "the console says: so bad",
    "<script>throw new Error('worse')</script>": "a script ends with: worse",
    "<script>alert(1)</script>": "a dialog says: 1",
    f"<img src='http://{STRANGER}/pixel.png'>": f"a stranger is asked: http://{STRANGER}/pixel.png",
}


def complaints(chromium: Browser, content: str, *, expects: str = "") -> list[str]:
    witness = Witness(hosts=())
    with chromium.new_context() as context:
        witness.watch(context)
        page = context.new_page()
        if expects:
            witness.expects(expects)
        page.set_content(f"<!doctype html>{content}", wait_until="load")
        page.evaluate("1")  # whose answer comes after all that was reported before
    return witness.complaints()


@pytest.mark.parametrize(("content", "complaint"), FAULTS.items())
def test_the_witness_complains_of_a_fault(chromium: Browser, content: str, complaint: str) -> None:
    assert any(said.startswith(complaint) for said in complaints(chromium, content))


def test_the_witness_says_nothing_of_a_good_page(chromium: Browser) -> None:
    assert complaints(chromium, "<script>console.info('all is well')</script>Good.") == []


def test_what_a_test_expects_is_no_fault_unless_it_does_not_come(chromium: Browser) -> None:
    loud = "<script>console.error('so bad')</script>"
    assert complaints(chromium, loud, expects="so b.d") == []
    assert complaints(chromium, "Good.", expects="so b.d") == ["expected and not seen: so b.d"]


def test_axe_says_what_is_grave_and_where(axe_source: str, chromium: Browser) -> None:
    with chromium.new_page() as page:
        page.set_content("<!doctype html><html lang=en><title>t</title><main><h1>h</h1><button id=mute></main>")
        (found,) = axe.violations(page, axe_source)
    assert found.startswith("button-name (critical): #mute: ")


def test_a_picture_is_kept_for_the_docs_only_where_that_is_asked_for(
    picture: Callable[[Page, str], Path], chromium: Browser, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("--images"):
        pytest.skip("left out: the docs need no picture of this")
    with chromium.new_page() as page:
        assert picture(page, "empty") == tmp_path / "empty.png"
    assert (tmp_path / "empty.png").stat().st_size > 0


def test_a_page_that_is_too_wide_is_measured(chromium: Browser) -> None:
    with chromium.new_page(viewport={"width": 500, "height": 300}) as page:
        page.set_content("<!doctype html><body style='margin:0'><div style='width:600px'>wide</div>")
        assert overflow(page) == 100

"""Axe's rules for accessibility, and what they find, in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE = ("serious", "critical")
RUN = """async ([rules]) => {
    const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
    return found.violations;
}"""
CONTRAST = ("color-contrast", "link-in-text-block")  # what the colour scheme decides


def violations(page: Page, source: str, *, rules: Sequence[str] = RULES) -> list[str]:
    """What is serious or critical: the rule, where, and what is wrong. The page's context needs `bypass_csp`."""
    page.evaluate(source)
    return [line for found in page.evaluate(RUN, [rules]) if found["impact"] in GRAVE for line in _lines(found)]


def violations_in_both_schemes(page: Page, source: str) -> list[str]:
    """All rules in the light, then those about colours in the dark: the page is loaded anew for that."""
    found = violations(page, source)
    page.emulate_media(color_scheme="dark")
    page.reload()
    page.locator("html.dark").wait_for()
    return [*found, *(f"dark: {line}" for line in violations(page, source, rules=CONTRAST))]


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for node in found["nodes"]:
        why = " ".join(node["failureSummary"].split())
        yield f"{found['id']} ({found['impact']}): {' '.join(map(str, node['target']))}: {why}"

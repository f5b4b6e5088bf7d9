"""A page without a mouse."""

from playwright.sync_api import Page

MOST_TABS = 150
FOCUSED = """() => {
    const element = document.activeElement;
    const label = element.labels && element.labels.length ? element.labels[0].textContent : "";
    const style = getComputedStyle(element);
    const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return {
        name: (element.getAttribute("aria-label") || label || element.textContent || "").trim().replace(/\\s+/g, " "),
        isSeen: isOutlined || style.boxShadow !== "none",
    };
}"""


def tab_to(page: Page, name: str) -> None:
    """Tab after Tab until this has the focus, which must be seen."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["name"].startswith(name):
            assert focused["isSeen"], f"nobody sees that “{name}” has the focus"
            return
        passed.append(focused["name"][:30])
    raise AssertionError(f"no Tab leads to “{name}”, only to {passed}")

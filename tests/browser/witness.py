"""Sees what a page does besides what is looked at, and tells at the end of a test what no page of ours may do."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

LOUD = ("error", "assert")
GIVEN_UP = "net::ERR_ABORTED"  # by the page itself, which was left meanwhile


class Witness:
    """Of all pages of a test. `hosts` are those that a page may ask."""

    def __init__(self, *, hosts: Collection[str]) -> None:
        self._hosts = hosts
        self._seen: list[str] = []
        self._expected: list[str] = []
        self.requests: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("page", self._page)

    def expects(self, pattern: str) -> None:
        """What this test provokes and is no fault: `status of 403`. Something must fit it."""
        self._expected.append(pattern)

    def complaints(self) -> list[str]:
        """What was seen and not expected, and what was expected and not seen."""
        surprises = [seen for seen in self._seen if not any(re.search(one, seen) for one in self._expected)]
        absent = [one for one in self._expected if not any(re.search(one, seen) for seen in self._seen)]
        return surprises + [f"expected and not seen: {one}" for one in absent]

    def _page(self, page: Page) -> None:
        page.on("dialog", lambda dialog: (self._note(f"a dialog says: {dialog.message}", page.url), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in LOUD:
            place = message.location
            self._note(f"the console says: {message.text} ({place['url']}:{place['lineNumber']})", _where(message.page))

    def _error(self, error: WebError) -> None:
        self._note(f"a script ends with: {error.error}", _where(error.page))

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self._hosts:
            self._note(f"a stranger is asked: {request.url}", request.headers.get("referer", "?"))

    def _failed(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._note(f"no answer: {request.method} {request.url}: {request.failure}", "")

    def _note(self, what: str, where: str) -> None:
        self._seen.append(f"{what} (on {where})" if where else what)


def _where(page: Page | None) -> str:
    return page.url if page else "?"

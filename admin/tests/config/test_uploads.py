"""Whoever sends too much to a page is told so, and nothing of it is read."""

from typing import Any

import msgspec

from tests.conftest import browser


class Unread:
    def read(self, *_: int) -> bytes:
        raise AssertionError("it is read")

    readline = read


def test_a_form_that_is_too_large_is_refused_unread(db: None, settings: Any) -> None:
    settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, max_bytes=1_000)
    sent = {"wsgi.input": Unread(), "CONTENT_LENGTH": "200000", "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = browser().generic("POST", "/admin/jobs/job/add/", **sent)
    assert (answer.status_code, b"IMPORTS_MAX_BYTES" in answer.content) == (413, True)

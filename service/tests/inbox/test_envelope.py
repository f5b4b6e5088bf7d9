"""Whatever bytes come: an event or a reason, never a crash."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbox.envelope import Rejected, head, read
from inbox.models import Reason
from inbox.routing import Router

from tests.events import body, event


def values(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )


CLEAN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just("\x00")
)
JSON = values(CLEAN)
ANYTHING = values(CLEAN | st.floats() | st.just("\ud800"))
MEMBERS = sorted(event()) + [f"data.{name}" for name in event()["data"]]


def reason(content: bytes) -> Reason | None:
    head(content)
    try:
        Router().resolve(read(content))
    except Rejected as rejection:
        return rejection.reason if rejection.error else None
    return None


@given(st.binary(max_size=200))
def test_any_bytes_have_a_reason(content: bytes) -> None:
    assert reason(content) in Reason


@given(st.integers(0, len(body()) - 1), st.integers(0, 255), st.booleans())
def test_an_event_with_one_byte_changed_or_cut_off_behind_it_is_read_or_has_a_reason(
    place: int, byte: int, is_cut: bool
) -> None:
    content = body()
    changed = content[:place] if is_cut else content[:place] + bytes([byte]) + content[place + 1 :]
    found = reason(changed)
    assert found in {None, *Reason}
    assert found is Reason.UNREADABLE or not is_cut


@given(st.sampled_from(MEMBERS), ANYTHING)
def test_an_event_with_any_value_in_any_member_is_read_or_has_a_reason(member: str, value: Any) -> None:
    changed = event()
    outer, _, inner = member.partition(".")
    if inner:
        changed[outer][inner] = value
    else:
        changed[outer] = value
    assert reason(json.dumps(changed).encode()) in {None, *Reason}


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name not in event()), JSON, max_size=3))
def test_unknown_members_are_ignored(extra: dict[str, Any]) -> None:
    assert reason(body(envelope=extra, **{f"x{name}": value for name, value in extra.items()})) is None


@pytest.mark.parametrize("member", ["datacontenttype", "dataschema"])
def test_an_optional_member_may_be_missing(member: str) -> None:
    changed = event()
    del changed[member]
    assert reason(json.dumps(changed).encode()) is None


@pytest.mark.parametrize("member", sorted(set(event()) - {"datacontenttype", "dataschema"}))
def test_any_other_member_must_be_there(member: str) -> None:
    changed = event()
    del changed[member]
    assert reason(json.dumps(changed).encode()) is Reason.INVALID


@pytest.mark.parametrize("member", sorted(event()["data"]))
def test_every_member_of_a_product_must_be_there(member: str) -> None:
    changed = event()
    del changed["data"][member]
    assert reason(json.dumps(changed).encode()) is Reason.INVALID


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "2"}, "subject 2 and data.id 1 differ"),
        ({"subject": "01"}, "$.subject"),
        ({"sequence": f"{2:020d}"}, "sequence 00000000000000000002 and data.version 1 differ"),
        ({"sequence": "1"}, "$.sequence"),
        ({"time": "2026-01-02T03:04:05"}, "$.time"),
        ({"specversion": "0.3"}, "$.specversion"),
        ({"datacontenttype": "text/xml"}, "$.datacontenttype"),
    ],
    ids=str,
)
def test_the_error_names_what_is_wrong(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Rejected, match=r".") as caught:
        Router().resolve(read(body(envelope=changes)))
    assert said in caught.value.error
    assert caught.value.reason is Reason.INVALID

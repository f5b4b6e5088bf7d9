import json
from typing import Any

import pytest
from outbox.envelope import Event, seal

EVENT = Event(
    aggregatetype="product", aggregateid="7", action="deleted", version=3, time="then", data={"b": 1, "a": "💡"}
)


def test_an_envelope_is_a_cloud_event() -> None:
    event_id, text = seal(EVENT)
    assert json.loads(text) == {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/lockstep/admin",
        "type": "lockstep.catalogue.product.deleted.v1",
        "subject": "7",
        "time": "then",
        "datacontenttype": "application/json",
        "dataschema": "urn:lockstep:product:v1",
        "sequence": "00000000000000000003",
        "data": {"b": 1, "a": "💡"},
    }


def test_an_envelope_is_small() -> None:
    """No spaces, no escapes for what UTF-8 can say."""
    _, text = seal(EVENT)
    assert "💡" in text
    assert ": " not in text


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    ids = [seal(EVENT)[0] for _ in range(100)]
    assert {id.version for id in ids} == {7}
    assert ids == sorted(ids)


@pytest.mark.parametrize("version", [1, 10**9, 2**63 - 1])
def test_sequences_compare_as_texts(version: int) -> None:
    def sequence(version: int) -> str:
        return str(json.loads(seal(Event(**{**fields(EVENT), "version": version}))[1])["sequence"])

    assert len(sequence(version)) == 20
    assert sequence(version) < sequence(version + 1)
    assert sequence(9) < sequence(10)


def test_source_and_type_follow_their_settings(conf: Any) -> None:
    conf(source="/shop", type_prefix="com.example")
    envelope = json.loads(seal(EVENT)[1])
    assert (envelope["source"], envelope["type"]) == ("/shop", "com.example.product.deleted.v1")


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        seal(Event(**{**fields(EVENT), "data": {"title": "\ud800"}}))


def fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}

"""The contract's schemas and golden events agree. What the two services make of the events, their own tests say."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

CONTRACT = Path(__file__).parents[2] / "contract"
EXAMPLES = CONTRACT / "examples"
INVALID = EXAMPLES / "invalid"
SCHEMAS = [json.loads(path.read_bytes()) for path in sorted(CONTRACT.glob("*.schema.json"))]
BY_ID: dict[str, Any] = {schema["$id"]: schema for schema in SCHEMAS}
ENVELOPE = BY_ID["urn:lockstep:envelope:v1"]
ATTRIBUTES = ENVELOPE["$defs"]["attributes"]
PRODUCT = BY_ID["urn:lockstep:product:v1"]
TYPES = ATTRIBUTES["properties"]["type"]["enum"]
REASONS: dict[str, str] = json.loads((INVALID / "reasons.json").read_bytes())
# A schema cannot compare two values: these are for the reader's code to refuse.
BEYOND_SCHEMA = {"subject-differs-from-data-id.json", "sequence-differs-from-data-version.json"}
NOT_JSON = (json.JSONDecodeError, UnicodeError)

valid_example = pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
invalid_example = pytest.mark.parametrize(("name", "reason"), REASONS.items())


def parse(body: bytes) -> Any:
    """Strict UTF-8 JSON, else NOT_JSON: Python's own reader also takes UTF-16, NaN and lone surrogates."""

    def refuse(constant: str) -> None:
        raise json.JSONDecodeError(f"{constant} is not JSON", constant, 0)

    # Python refuses integers of more than 4,300 digits; their first 100 are as far out of bounds.
    value = json.loads(body.decode(), parse_constant=refuse, parse_int=lambda digits: int(digits[:100]))
    json.dumps(value, ensure_ascii=False).encode()
    return value


def is_valid(value: Any, schema: dict[str, Any] = ENVELOPE) -> bool:
    registry: Registry[Any] = Registry().with_resources((id, Resource.from_contents(BY_ID[id])) for id in BY_ID)
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema, registry=registry, format_checker=checker).is_valid(value)


def subschemas(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from subschemas(child)


@pytest.mark.parametrize("schema", SCHEMAS, ids=BY_ID)
def test_the_schema_is_valid(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("schema", SCHEMAS, ids=BY_ID)
def test_the_schema_describes_every_property(schema: dict[str, Any]) -> None:
    properties = [item for node in subschemas(schema) for item in node.get("properties", {}).items()]
    assert properties
    assert [name for name, node in properties if not node.get("description")] == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=BY_ID)
def test_the_schema_lets_unknown_members_pass(schema: dict[str, Any]) -> None:
    closed = {"additionalProperties", "unevaluatedProperties", "maxProperties", "propertyNames"}
    assert [node for node in subschemas(schema) if closed & node.keys()] == []


def test_every_format_is_really_checked() -> None:
    """A format whose checker is not installed passes anything."""
    formats = {node["format"] for node in subschemas(SCHEMAS) if isinstance(node.get("format"), str)}
    assert formats
    assert formats <= Draft202012Validator.FORMAT_CHECKER.checkers.keys()


@valid_example
def test_a_valid_example_is_valid(path: Path) -> None:
    event = parse(path.read_bytes())
    assert is_valid(event)
    assert event["subject"] == str(event["data"]["id"])
    assert event["sequence"] == f"{event['data']['version']:020d}"
    assert event["time"] == event["data"]["updated_at"]


@valid_example
def test_a_valid_example_is_named_after_its_type(path: Path) -> None:
    event_type = parse(path.read_bytes())["type"]
    assert path.name.startswith(event_type.removeprefix("lockstep.catalogue.") + ".")


@valid_example
def test_a_valid_example_fits_in_64_kib(path: Path) -> None:
    assert path.stat().st_size <= 64 * 1024


@pytest.mark.parametrize("event_type", TYPES)
def test_each_type_has_an_example_with_just_the_promised_members(event_type: str) -> None:
    """Admin's tests compare what they produce with these."""
    event = parse((EXAMPLES / f"{event_type.removeprefix('lockstep.catalogue.')}.json").read_bytes())
    assert event["type"] == event_type
    assert event.keys() == {*ATTRIBUTES["required"], "data"}
    assert event["data"].keys() == set(PRODUCT["required"]) == PRODUCT["properties"].keys()


@invalid_example
def test_an_unreadable_example_is_not_json_and_the_others_are(name: str, reason: str) -> None:
    body = (INVALID / name).read_bytes()
    assert name.endswith(".bin" if reason == "unreadable" else ".json")
    if reason == "unreadable":
        with pytest.raises(NOT_JSON):
            parse(body)
    else:
        parse(body)


@invalid_example
def test_an_invalid_example_breaks_the_schema_unless_it_is_beyond_it(name: str, reason: str) -> None:
    if reason != "unreadable":
        assert is_valid(parse((INVALID / name).read_bytes())) is (name in BEYOND_SCHEMA)


@pytest.mark.parametrize("member", PRODUCT["properties"])
def test_bad_product_data_break_the_products_own_schema(member: str) -> None:
    """Whatever the envelope says: where the id is wrong, for one, the subject is wrong alike."""
    prefix = "data-id" if member == "id" else member.replace("_", "-")
    names = [name for name in REASONS if name.startswith(f"{prefix}-") and name.endswith(".json")]
    assert names
    assert [name for name in names if is_valid(parse((INVALID / name).read_bytes())["data"], PRODUCT)] == []


@invalid_example
def test_an_example_of_unknown_type_is_a_cloudevent_of_another_type(name: str, reason: str) -> None:
    if reason == "unreadable":
        return
    event = parse((INVALID / name).read_bytes())
    event_type = event.get("type") if isinstance(event, dict) else None
    assert (isinstance(event_type, str) and event_type not in TYPES) is (reason == "unknown_type")
    if reason == "unknown_type":
        assert event.keys() >= {"specversion", "id", "source", "type"}


def test_the_index_names_every_invalid_example_and_no_other() -> None:
    assert REASONS.keys() == {path.name for path in INVALID.iterdir()} - {"reasons.json"}
    assert set(REASONS.values()) == {"unreadable", "invalid", "unknown_type"}
    assert set(REASONS) >= BEYOND_SCHEMA


def test_examples_are_never_edited() -> None:
    """Readers of every age are tested with them: an edited example hides what the change breaks."""
    locked: dict[str, str] = json.loads((CONTRACT / "checksums.json").read_bytes())
    present = {
        path.relative_to(CONTRACT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in EXAMPLES.rglob("*")
        if path.is_file() and path != INVALID / "reasons.json"
    }
    broken = sorted(name for name in locked if present.get(name) != locked[name])
    assert not broken, f"Restore {broken}: add a new example beside an old one, never edit or remove one."
    added = {name: present[name] for name in sorted(present.keys() - locked.keys())}
    assert not added, f"Add to contract/checksums.json: {json.dumps(added, indent=2)}"

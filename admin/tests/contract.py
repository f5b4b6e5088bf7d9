"""The files that admin and its subscribers share, as a test reads them."""

import json
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.support import CONTRACT

SCHEMAS = {schema["$id"]: schema for schema in (json.loads(p.read_bytes()) for p in CONTRACT.glob("*.schema.json"))}
ENVELOPE = SCHEMAS["urn:lockstep:envelope:v1"]
REGISTRY: Registry[Any] = Registry().with_resources((id, Resource.from_contents(SCHEMAS[id])) for id in SCHEMAS)


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    """Where the value breaks the schema, formats included."""
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(schema, registry=REGISTRY, format_checker=checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def example(name: str) -> Any:
    return json.loads((CONTRACT / "examples" / f"{name}.json").read_bytes())

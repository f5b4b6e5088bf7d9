"""contract/asyncapi.yaml: its references resolve, and it says what the exchange, keys, queues and messages are."""

import json
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "contract"
MAIN = "asyncapi.yaml"
ACTIONS = ["created", "updated", "deleted"]
action = pytest.mark.parametrize("action", ACTIONS)


@cache
def load(name: str) -> Any:
    text = (CONTRACT / name).read_text(encoding="utf-8")
    return yaml.safe_load(text) if name.endswith(".yaml") else json.loads(text)


def follow(ref: str, file: str) -> tuple[Any, str]:
    """What a $ref in `file` points at, and the file that holds it."""
    name, _, pointer = ref.partition("#")
    file = str((CONTRACT / file).parent.joinpath(name).relative_to(CONTRACT)) if name else file
    node = load(file)
    for part in pointer.split("/")[1:]:
        node = node[int(part) if isinstance(node, list) else part]
    return node, file


def resolve(node: Any, file: str = MAIN) -> Any:
    """The node with everything that it refers to in its place."""
    if isinstance(node, list):
        return [resolve(child, file) for child in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        assert node.keys() == {"$ref"}, "AsyncAPI ignores what stands beside a $ref"
        return resolve(*follow(node["$ref"], file))
    return {key: resolve(child, file) for key, child in node.items()}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "$ref" in node:
        yield node["$ref"]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(child)


def operation(name: str) -> Any:
    return resolve(load(MAIN)["operations"][name])


def channel(name: str) -> Any:
    return resolve(load(MAIN)["channels"][name])


def amqp(name: str) -> Any:
    return channel(name)["bindings"]["amqp"]


def message(action: str) -> Any:
    return channel(f"product{action.title()}")["messages"][f"product{action.title()}"]


def golden_events() -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted((CONTRACT / "examples").glob("*.json"))]


def test_it_is_asyncapi_3() -> None:
    document = load(MAIN)
    assert document["asyncapi"].startswith("3.")
    assert {"title", "version"} <= document["info"].keys()
    assert all({"host", "protocol"} <= server.keys() for server in document["servers"].values())


@pytest.mark.parametrize("ref", sorted(set(references(load(MAIN)))))
def test_every_reference_resolves(ref: str) -> None:
    resolve({"$ref": ref})


@pytest.mark.parametrize("name", load(MAIN)["operations"])
def test_an_operation_refers_to_its_own_channel(name: str) -> None:
    """AsyncAPI 3: an operation points at messages of its channel, never straight at components."""
    raw = load(MAIN)["operations"][name]
    assert raw["action"] in {"send", "receive"}
    assert raw["x-application"] in {"admin", "service"}
    for side in filter(None, [raw, raw.get("reply") and follow(raw["reply"]["$ref"], MAIN)[0]]):
        assert side["channel"]["$ref"].startswith("#/channels/")
        assert side["messages"]
        assert all(ref["$ref"].startswith(side["channel"]["$ref"] + "/messages/") for ref in side["messages"])


def test_every_channel_has_an_operation() -> None:
    used = {raw["channel"]["$ref"] for raw in load(MAIN)["operations"].values()}
    assert used == {f"#/channels/{name}" for name in load(MAIN)["channels"]}


@action
def test_admin_publishes_each_action_under_its_routing_key(action: str) -> None:
    name = f"product{action.title()}"
    binding = amqp(name)
    assert channel(name)["address"] == f"product.{action}"
    assert binding["is"] == "routingKey"
    assert binding["exchange"] == {"name": "catalogue.events", "type": "topic", "durable": True, "autoDelete": False}
    sends = operation(f"sendProduct{action.title()}")
    assert (sends["action"], sends["x-application"]) == ("send", "admin")
    assert sends["channel"] == channel(name)
    assert sends["bindings"]["amqp"].items() >= {"deliveryMode": 2, "mandatory": True}.items()


def test_service_consumes_its_queue() -> None:
    binding = amqp("serviceProducts")
    assert channel("serviceProducts")["address"] == binding["queue"]["name"] == "service.products"
    assert binding["is"] == "queue"
    assert binding["queue"].items() >= {"durable": True, "exclusive": False, "autoDelete": False}.items()
    assert binding["x-arguments"] == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "service.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert binding["x-bindings"] == [{"exchange": "catalogue.events", "routingKey": "product.*"}]
    receives = operation("receiveProducts")
    assert (receives["action"], receives["x-application"]) == ("receive", "service")
    assert receives["channel"] == channel("serviceProducts")
    assert receives["bindings"]["amqp"]["ack"] is True
    assert receives["messages"] == [message(action) for action in ACTIONS]


def test_what_the_broker_dead_letters_has_a_queue_of_its_own() -> None:
    binding = amqp("serviceProductsDead")
    assert channel("serviceProductsDead")["address"] == binding["queue"]["name"] == "service.products.dead"
    assert binding["queue"]["durable"] is True
    assert binding["x-arguments"] == {"x-queue-type": "quorum"}
    assert binding["x-exchange"] == {"name": "service.dead", "type": "fanout", "durable": True, "autoDelete": False}
    assert binding["x-bindings"] == [{"exchange": "service.dead", "routingKey": ""}]
    assert amqp("serviceProducts")["x-arguments"]["x-dead-letter-exchange"] == binding["x-exchange"]["name"]
    drains = operation("drainDeadLetters")
    assert (drains["action"], drains["x-application"]) == ("receive", "service")
    assert drains["channel"] == channel("serviceProductsDead")
    assert drains["bindings"]["amqp"]["ack"] is True


def test_the_topology_in_the_code_is_the_contracts() -> None:
    admin = runpy.run_path(str(ROOT / "admin/outbox/topology.py"))
    service = runpy.run_path(str(ROOT / "service/inbox/topology.py"))
    queue, dead, exchange = amqp("serviceProducts"), amqp("serviceProductsDead"), amqp("productCreated")["exchange"]
    assert (admin["EXCHANGE"], admin["EXCHANGE_TYPE"]) == (exchange["name"], exchange["type"])
    assert admin["APP_ID"] == message("created")["traits"][0]["x-amqp-properties"]["app_id"]
    assert (service["QUEUE"], service["QUEUE_ARGUMENTS"]) == (queue["queue"]["name"], queue["x-arguments"])
    assert (service["DEAD_QUEUE"], service["DEAD_QUEUE_ARGUMENTS"]) == (dead["queue"]["name"], dead["x-arguments"])
    assert service["DEAD_EXCHANGE"] == dead["x-exchange"]["name"]
    assert [{"exchange": service["EXCHANGE"], "routingKey": service["BINDING"]}] == queue["x-bindings"]


def test_service_pulls_the_feed_when_there_is_no_broker() -> None:
    pull = operation("pullProducts")
    assert pull["channel"]["address"] == "/api/subscriptions/{name}/pull"
    assert pull["bindings"]["http"]["method"] == "POST"
    assert pull["messages"][0]["payload"]["properties"].keys() == {"position", "wait_seconds", "limit"}
    answers = {answer["bindings"]["http"]["statusCode"]: answer for answer in pull["reply"]["messages"]}
    assert answers[200]["contentType"] == "application/cloudevents-batch+json"
    assert "Lockstep-Position" in answers[200]["bindings"]["http"]["headers"]["properties"]
    assert 410 in answers
    serve = operation("servePull")
    assert (serve["action"], serve["channel"], serve["reply"]) == ("receive", pull["channel"], pull["reply"])


@action
def test_a_message_is_named_after_its_type(action: str) -> None:
    event_type = f"lockstep.catalogue.product.{action}.v1"
    spoken = message(action)
    assert spoken["name"] == spoken["bindings"]["amqp"]["messageType"] == event_type
    assert spoken["traits"][0]["contentType"] == "application/cloudevents+json"
    assert event_type in load("envelope.schema.json")["$defs"]["attributes"]["properties"]["type"]["enum"]


@action
def test_a_message_takes_the_golden_events_of_its_type_and_no_others(action: str) -> None:
    payload = message(action)["payload"]
    Draft202012Validator.check_schema(payload)
    for event in golden_events():
        assert Draft202012Validator(payload).is_valid(event) is (event["type"] == message(action)["name"])


@action
def test_a_message_shows_golden_events(action: str) -> None:
    shown = message(action)["examples"]
    assert shown
    assert all(example["payload"] in golden_events() for example in shown)
    assert {example["payload"]["type"] for example in shown} == {message(action)["name"]}


def test_the_feed_answers_a_batch_of_golden_events() -> None:
    batch = operation("pullProducts")["reply"]["messages"][0]["payload"]
    assert Draft202012Validator(batch).is_valid(golden_events())
    unknown = {**golden_events()[0], "type": "lockstep.catalogue.product.updated.v2"}
    assert not Draft202012Validator(batch).is_valid([unknown])

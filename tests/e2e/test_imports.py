"""An import from a website of shops to the copy on service, in each way to run Lockstep."""

import json
import os
from typing import Any

from tests.e2e.convergence import compare
from tests.e2e.stacks import Stack
from tests.e2e.waiting import eventually

STACK = os.environ.get("E2E_STACK", "embedded")
DONE_SECONDS = 90
CSV = b"sku,title,price\nE2E-CSV-1,Lamp,1.00\nE2E-CSV-2,,2.00\nE2E-CSV-3,Chair,3.00\n"


def ask(stack: Stack, path: str, **more: object) -> int:
    answer = stack.admin.request("POST", "/api/imports", {"url": stack.shops() + path, **more})
    assert answer.status == 202, answer.body
    return int(answer.json["id"])


def read(stack: Stack, import_id: int) -> dict[str, Any]:
    answer = stack.admin.get(f"/api/imports/{import_id}")
    assert answer.status == 200, answer.body
    return dict(answer.json)


def done(stack: Stack, import_id: int) -> dict[str, Any]:
    def ended() -> dict[str, Any]:
        found = read(stack, import_id)
        assert found["state"] not in ("queued", "running"), found
        return found

    found = eventually(ended, within=DONE_SECONDS)
    assert found["state"] == "succeeded", found
    return found


def on_service(stack: Stack, prefix: str) -> dict[str, Any]:
    """By sku, once the copy is equal."""
    eventually(lambda: compare(stack, {}), within=DONE_SECONDS, every=0.2)
    return {product["sku"]: product for product in stack.service.products().values() if _begins(product, prefix)}


def _begins(product: dict[str, Any], prefix: str) -> bool:
    return str(product["sku"]).startswith(prefix)


def test_an_import_fills_both_catalogues_and_tells_how_far_it_is(stack: Stack) -> None:
    import_id = ask(stack, "/street/12?ms=250")
    seen = set()

    def over() -> None:
        found = read(stack, import_id)
        seen.add((found["state"], found["progress"]["done"]))
        assert found["state"] not in ("queued", "running"), found

    eventually(over, within=DONE_SECONDS)
    found = done(stack, import_id)
    assert found["counts"] == {"created": 12, "updated": 0, "unchanged": 0, "rejected": 0}
    assert len({number for state, number in seen if state == "running"}) > 1, seen
    assert len(on_service(stack, "STREET-12-")) == 12


def test_what_changed_in_the_shop_is_changed_on_both_sides_by_the_next_import(stack: Stack) -> None:
    done(stack, ask(stack, "/json-ld/lamp"))
    before = on_service(stack, "JSONLD-1")["JSONLD-1"]
    again = done(stack, ask(stack, "/json-ld/lamp"))
    assert again["counts"] == {"created": 0, "updated": 0, "unchanged": 1, "rejected": 0}
    listed = [product["id"] for product in stack.admin.products().values() if product["sku"] == "JSONLD-1"]
    stack.admin.patch(listed[0], price="1.00")
    assert done(stack, ask(stack, "/json-ld/lamp"))["counts"]["updated"] == 1
    after = on_service(stack, "JSONLD-1")["JSONLD-1"]
    assert (after["price"], after["version"]) == (before["price"], before["version"] + 2)


def test_a_file_is_imported_and_what_is_wrong_in_it_is_told(stack: Stack) -> None:
    answer = stack.admin.upload("/api/imports", "products.csv", CSV)
    assert answer.status == 202, answer.body
    found = done(stack, json.loads(answer.body)["id"])
    assert found["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    assert [line["text"] for line in found["lines"] if "row 3" in line["text"]]
    assert sorted(on_service(stack, "E2E-CSV-")) == ["E2E-CSV-1", "E2E-CSV-3"]


def test_several_workers_share_the_imports(stack: Stack) -> None:
    ids = [ask(stack, f"/slow/500/e2e-{number}") for number in range(12)]
    workers = {done(stack, import_id)["worker"] for import_id in ids}
    assert len(workers) > 1, workers
    if STACK == "compose":  # two containers
        assert len({worker.rpartition(":")[0] for worker in workers}) == 2, workers
    assert len(on_service(stack, "SLOW-e2e-")) == 12


def test_the_drift_check_finds_the_imported_copies_equal(stack: Stack) -> None:
    done(stack, ask(stack, "/graph/"))
    assert {"GRAPH-1", "GRAPH-2"} <= on_service(stack, "GRAPH-").keys()
    begun = stack.service.request("POST", "/api/drift-checks", {})
    assert begun.status == 202, begun.body

    def ended() -> dict[str, Any]:
        found = dict(stack.service.get(f"/api/drift-checks/{begun.json['id']}").json)
        assert found["state"] == "ended", found
        return found

    assert eventually(ended, within=120)["verdict"] == "equal"

"""What is admin's to give stays admin's, whatever a body says of it, and unknown names are nobody's."""

import pytest

from tests.e2e.client import Product
from tests.e2e.convergence import assert_converges
from tests.e2e.stacks.make_run import MakeRun

LONG_AGO = "1999-01-01T00:00:00Z"
FORBIDDEN: dict[str, object] = {
    "id": 4_000_000,
    "pk": 4_000_001,
    "version": 70,
    "created_at": LONG_AGO,
    "updated_at": LONG_AGO,
    "applied_at": LONG_AGO,
    "deleted_at": LONG_AGO,
    "is_staff": True,
    "__class__": "x",
    "outbox": [{"type": "x"}],
    "product": {"id": 4_000_002, "version": 71},
    "title__in": ["x"],
}
EDITABLE = {"title": "Lamp", "description": "", "price": "1.00", "image": "", "sku": None}


def sent(title: str) -> dict[str, object]:
    return FORBIDDEN | EDITABLE | {"title": title}


def assert_is_admins(product: Product, *, version: int, title: str) -> None:
    names = {"id", "version", "created_at", "updated_at", *EDITABLE}
    assert product.keys() == names
    assert product["id"] < 4_000_000
    assert product["version"] == version
    assert min(product["created_at"], product["updated_at"]) > "2020"
    assert {name: product[name] for name in EDITABLE} == EDITABLE | {"title": title}


@pytest.mark.parametrize("many", [False, True], ids=["one", "list"])
def test_a_create_gives_nothing_but_what_may_be_given(stack: MakeRun, many: bool) -> None:
    answer = stack.admin.request("POST", "/api/products", [sent("Lamp")] if many else sent("Lamp"))
    assert answer.status == 201
    [product] = answer.json if many else [answer.json]
    assert_is_admins(product, version=1, title="Lamp")
    assert_converges(stack, {product["id"]: product}, within=20)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_changes_nothing_but_what_may_be_changed(stack: MakeRun, method: str) -> None:
    before, other = stack.admin.create(**EDITABLE), stack.admin.create(title="Another's")
    body = sent("Lantern") | {"id": other["id"]}
    changed = stack.admin.request(method, f"/api/products/{before['id']}", body).json
    assert_is_admins(changed, version=2, title="Lantern")
    assert (changed["id"], changed["created_at"]) == (before["id"], before["created_at"])
    assert changed["updated_at"] > before["updated_at"]
    assert stack.admin.product(other["id"]) == other
    assert_converges(stack, {before["id"]: changed, other["id"]: other}, within=20)


def test_a_field_takes_no_object_in_place_of_its_value(stack: MakeRun) -> None:
    product = stack.admin.create(**EDITABLE)
    for name in EDITABLE:
        answer = stack.admin.request("PATCH", f"/api/products/{product['id']}", {name: {"id": 1, "version": 9}})
        assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, [f"#/{name}"])
    assert stack.admin.product(product["id"]) == product

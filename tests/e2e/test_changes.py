"""What a client does on admin, it sees on service."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.client import Product
from tests.e2e.convergence import assert_converges
from tests.e2e.figures import Figures
from tests.e2e.stacks import Stack
from tests.e2e.waiting import eventually

SOON = 5.0  # the machine may be busy with something else
PROMISED = 1.0
SHAPES = [
    {"title": "L"},
    {"title": "Lamp", "description": "", "price": None, "image": "", "sku": None},
    {"title": "Лампа 💡 ランプ", "description": "a\nb\t\"c\" \\ <i>&amp;</i> 'd' \u202e \ufeff", "price": "0.00"},
    {"title": "t" * 200, "description": "💡" * 10_000, "price": "9999999999.99", "sku": "💡" * 64},
    {"title": "Lamp", "image": "https://example.com/" + "i" * 480, "price": 19.9},
]


def assert_arrived(stack: Stack, product: Product, *, within: float = SOON) -> None:
    def arrived() -> None:
        assert stack.service.product(product["id"]) == product

    eventually(arrived, within=within, every=0.005)


def test_a_product_created_on_admin_appears_on_service_within_a_second(stack: Stack, measured: Figures) -> None:
    assert_arrived(stack, stack.admin.create(title="The first one wakes everybody"), within=20)
    took = []
    for number in range(20):
        product = stack.admin.create(title=f"Lamp {number}", price="19.90")
        answered_at = time.monotonic()
        assert_arrived(stack, product)
        took.append(time.monotonic() - answered_at)
    measured.add(
        "seconds from the answer on admin to service", f"median {statistics.median(took):.3f}, max {max(took):.3f}"
    )
    assert statistics.median(took) < PROMISED


@pytest.mark.parametrize("fields", SHAPES, ids=["short", "empty", "odd", "longest", "image"])
def test_a_product_of_any_shape_arrives_as_it_is(stack: Stack, fields: dict[str, object]) -> None:
    product = stack.admin.create(**fields)
    assert product["version"] == 1
    assert_arrived(stack, product)


def test_a_put_replaces_the_product_on_service(stack: Stack) -> None:
    product = stack.admin.create(title="Lamp", price="19.90", description="old")
    replaced = stack.admin.put(product["id"], title="Desk lamp", description="new")
    assert (replaced["title"], replaced["description"], replaced["version"]) == ("Desk lamp", "new", 2)
    assert replaced["price"] is None
    assert_arrived(stack, replaced)


def test_a_patch_changes_one_field_on_service(stack: Stack) -> None:
    product = stack.admin.create(title="Lamp", price="19.90")
    patched = stack.admin.patch(product["id"], price="17.00")
    assert patched == product | {"price": "17.00", "version": 2, "updated_at": patched["updated_at"]}
    assert_arrived(stack, patched)


def test_a_deleted_product_is_gone_from_service_and_from_its_list(stack: Stack) -> None:
    kept, product = stack.admin.create(title="Stays"), stack.admin.create(title="Goes")
    assert_arrived(stack, product)
    stack.admin.delete(product["id"])
    stack.admin.assert_has_not(product["id"])
    eventually(lambda: stack.service.assert_has_not(product["id"]), within=SOON)
    listed = stack.service.products()
    assert product["id"] not in listed
    assert listed[kept["id"]] == kept


def test_a_product_deleted_at_once_never_comes_back(stack: Stack) -> None:
    written: dict[int, Product | None] = {}
    for number in range(20):
        product = stack.admin.create(title=f"Short-lived {number}")
        stack.admin.patch(product["id"], price="1.00")
        stack.admin.delete(product["id"])
        written[product["id"]] = None
    assert_converges(stack, written, within=20)


def test_200_products_at_once_all_arrive(stack: Stack, measured: Figures) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        created = list(pool.map(lambda number: stack.admin.create(title=f"Lamp {number}", price=number), range(200)))
    written = time.monotonic() - began
    assert len({product["id"] for product in created}) == 200
    assert_converges(stack, {product["id"]: product for product in created}, within=30)
    measured.add("200 products at once", f"written in {written:.2f} s, equal after {time.monotonic() - began:.2f} s")


def test_the_last_of_50_quick_patches_wins(stack: Stack) -> None:
    product = stack.admin.create(title="Lamp")
    for number in range(50):
        product = stack.admin.patch(product["id"], price=f"{number}.00")
    assert (product["price"], product["version"]) == ("49.00", 51)
    assert_arrived(stack, product, within=20)


def test_a_product_that_many_clients_change_at_once_ends_equal(stack: Stack) -> None:
    product_id = stack.admin.create(title="Lamp")["id"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: stack.admin.patch(product_id, price=number), range(80)))
    assert sorted(answer["version"] for answer in answers) == list(range(2, 82))
    last = max(answers, key=lambda answer: answer["version"])
    assert_converges(stack, {product_id: last}, within=20)


def test_the_trailing_slash_is_optional_on_both_sides(stack: Stack) -> None:
    answer = stack.admin.request("POST", "/api/products/", {"title": "Lamp"})
    assert answer.status == 201
    assert_arrived(stack, answer.json)
    for api in (stack.admin, stack.service):
        assert api.get(f"/api/products/{answer.json['id']}/").json["title"] == "Lamp"
        assert api.get("/api/products/?page_size=1").json["results"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_service_is_read_only(stack: Stack, method: str) -> None:
    product = stack.admin.create(title="Lamp")
    assert_arrived(stack, product)
    path = "/api/products" if method == "POST" else f"/api/products/{product['id']}"
    assert stack.service.request(method, path, {"title": "Mine"}).status == 405
    assert stack.service.product(product["id"]) == product


def test_both_sides_go_on_with_the_callers_trace_and_name_it(stack: Stack) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    for api in (stack.admin, stack.service):
        assert (
            api.request("GET", "/api/products", traceparent=f"00-{trace_id}-b7ad6b7169203331-01").trace_id == trace_id
        )
        assert len(api.get("/api/products").trace_id) == len(trace_id)

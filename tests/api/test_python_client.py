"""A client in Python, generated from the descriptions when the tests run: no line of HTTP in it is ours."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.programs import TOOLS, description, run
from tests.e2e.stacks.make_run import MakeRun


class Generated:
    """One service's client: its operations are methods, and what they send and answer are `models`."""

    def __init__(self, package: str, port: int) -> None:
        self._package = package
        self.models = importlib.import_module(f"{package}.models")
        client = importlib.import_module(f"{package}.client")
        self._client = client.Client(base_url=f"http://127.0.0.1:{port}", raise_on_unexpected_status=True)

    def __getattr__(self, operation: str) -> Any:
        """`products_create(body=…)`, which answers status_code, headers and what was parsed."""
        tag = operation.partition("_")[0]
        module = importlib.import_module(f"{self._package}.api.{tag}.{operation}")
        return lambda *arguments, **named: module.sync_detailed(*arguments, client=self._client, **named)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("generated")
    for service in ("admin", "service"):
        options = ("--meta", "none", "--fail-on-warning", "--output-path", folder / f"generated_{service}")
        run(TOOLS / "openapi-python-client", "generate", "--path", description(service), *options, folder=folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def admin(stack: MakeRun, generated: Path) -> Generated:
    return Generated("generated_admin", stack.admin.port)


@pytest.fixture
def service(stack: MakeRun, generated: Path) -> Generated:
    return Generated("generated_service", stack.service.port)


def test_a_product_is_created_changed_and_deleted_and_service_shows_it(admin: Generated, service: Generated) -> None:
    new = admin.models.ProductRequest(title="Lamp", price="19.90")
    created = admin.products_create(body=new)
    assert created.status_code == 201
    assert isinstance(created.parsed, admin.models.Product)
    id = str(created.parsed.id)

    put = admin.products_update(id, body=admin.models.ProductRequest(title="Lantern"), if_match=created.headers["ETag"])
    assert (put.status_code, put.parsed.title, put.parsed.price, put.parsed.version) == (200, "Lantern", None, 2)
    patch = admin.models.PatchedProductRequest(price="17.50")
    patched = admin.products_partial_update(id, body=patch, if_match=put.headers["ETag"])
    assert (patched.parsed.price, patched.parsed.version) == ("17.50", 3)

    copy = service.products_retrieve(id, min_version=3)
    assert (copy.status_code, copy.parsed.title, copy.parsed.price) == (200, "Lantern", "17.50")
    assert copy.parsed.updated_at == patched.parsed.updated_at

    assert admin.products_destroy(id, if_match=patched.headers["ETag"]).status_code == 204
    gone = service.products_retrieve(id, min_version=4)
    assert (gone.status_code, gone.parsed.code) == (410, "deleted")
    assert isinstance(gone.parsed, service.models.Gone)
    assert gone.parsed.version == 4


def test_who_loses_a_race_is_told_and_overwrites_nothing(admin: Generated) -> None:
    seen = admin.products_create(body=admin.models.ProductRequest(title="Lamp"))
    id, tag = str(seen.parsed.id), seen.headers["ETag"]
    change = admin.models.PatchedProductRequest
    won = admin.products_partial_update(id, body=change(title="The first"), if_match=tag)
    lost = admin.products_partial_update(id, body=change(title="The second"), if_match=tag)
    assert (won.status_code, lost.status_code) == (200, 412)
    assert lost.parsed.code == "precondition_failed"
    assert admin.products_destroy(id, if_match=tag).status_code == 412
    assert admin.products_retrieve(id).parsed.title == "The first"


def test_a_create_that_is_sent_again_is_answered_as_the_first(admin: Generated) -> None:
    key, new = str(uuid4()), admin.models.ProductRequest(title="Lamp", sku=str(uuid4()))
    first = admin.products_create(body=new, idempotency_key=key)
    again = admin.products_create(body=new, idempotency_key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.parsed == first.parsed
    assert again.headers["Idempotency-Replayed"] == "true"
    other = admin.products_create(body=admin.models.ProductRequest(title="Other"), idempotency_key=key)
    assert (other.status_code, other.parsed.code) == (422, "idempotency_key_used")
    assert len(admin.products_list(sku=new.sku).parsed.results) == 1


def test_what_is_wrong_is_told_by_its_place(admin: Generated) -> None:
    many = [admin.models.ProductRequest(title="Lamp"), admin.models.ProductRequest(title="Lamp", price="-1")]
    refused = admin.products_create(body=many)
    assert refused.status_code == 400
    assert [error.pointer for error in refused.parsed.errors] == ["#/1/price"]
    created = admin.products_create(body=many[:1] * 3)
    assert [product.version for product in created.parsed] == [1, 1, 1]


def test_a_list_is_followed_to_its_end_on_both_sides(admin: Generated, service: Generated) -> None:
    word = uuid4().hex
    created = admin.products_create(body=[admin.models.ProductRequest(title=f"{word} {n}") for n in range(5)]).parsed
    service.products_retrieve(str(created[-1].id), min_version=1)
    for side in (admin, service):
        ordering = side.models.ProductsListOrdering("-id")
        page = side.products_list(search=word, ordering=ordering, page_size=5).parsed
        assert [product.id for product in page.results] == [product.id for product in reversed(created)]
        assert page.next_ is None
        assert page.previous is None

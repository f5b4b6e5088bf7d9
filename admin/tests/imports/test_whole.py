"""From the request to the catalogue, all of it real: API, job, fetcher, sources, storing, and a website."""

from typing import Any

import msgspec
import pytest
from catalogue.models import Product
from django.core.files.uploadedfile import SimpleUploadedFile
from jobs.working import work
from rest_framework.test import APIClient

from tests.imports.conftest import Site
from tests.support import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def local(settings: Any) -> None:
    settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, private_networks="127.0.0.0/8", delay_seconds=0.0)


def imported(client: APIClient, data: dict[str, Any], **how: Any) -> dict[str, Any]:
    asked = client.post("/api/imports", data, **how)
    assert asked.status_code == 202, asked.content
    work(asked.json()["id"], worker="a-host:1")
    shown: dict[str, Any] = client.get(asked["Location"]).json()
    return shown


def test_a_shop_s_listing_is_imported_and_what_changes_there_is_changed_here(client: APIClient, site: Site) -> None:
    first = imported(client, {"url": f"{site.url}/listing/"})
    assert (first["state"], first["counts"]["created"]) == ("succeeded", 12), str(first)
    products = Product.objects.order_by("id")
    site.price(str(products[0].sku), "1.23")
    again = imported(client, {"url": f"{site.url}/listing/"})
    assert again["counts"] == {"created": 0, "updated": 1, "unchanged": 11, "rejected": 0}, again
    assert (str(products[0].price), len(told())) == ("1.23", 13)


def test_a_file_is_imported(client: APIClient) -> None:
    content = 'sku,title,price\nL-1,Lämp,"19,90"\nL-2,,5\nL-3,Torch,7\n'.encode()
    file = SimpleUploadedFile("products.csv", content)
    done = imported(client, {"file": file}, format="multipart")
    assert done["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1}, done
    assert list(Product.objects.values_list("title", flat=True)) == ["Lämp", "Torch"]
    assert [line["level"] for line in done["lines"] if "Rejected" in line["text"]] == ["warning"]


def test_a_page_without_products_is_a_failure_in_words(client: APIClient, site: Site) -> None:
    done = imported(client, {"url": f"{site.url}/empty/"})
    assert (done["state"], done["error"].partition(".")[0]) == ("failed", "No product was found there")

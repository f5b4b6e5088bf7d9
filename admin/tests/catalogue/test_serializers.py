import pytest
from catalogue.models import Product
from catalogue.serializers import ProductSerializer

pytestmark = pytest.mark.django_db


def test_what_is_counted_or_given_here_cannot_be_sent() -> None:
    sent = {"id": 9, "version": 9, "created_at": "2000-01-01T00:00:00Z", "updated_at": "2000-01-01T00:00:00Z"}
    wanted = ProductSerializer(data={"title": "Lamp"} | sent)
    assert wanted.is_valid()
    assert not sent.keys() & wanted.validated_data.keys()


@pytest.mark.parametrize("sku", ["", " ", None])
def test_an_empty_sku_is_none(sku: str | None) -> None:
    wanted = ProductSerializer(data={"title": "Lamp", "sku": sku})
    assert wanted.is_valid()
    assert wanted.validated_data["sku"] is None


@pytest.mark.parametrize("price", ["-0", "-0.00", 0, "0.0"])
def test_no_price_is_minus_zero(price: object) -> None:
    wanted = ProductSerializer(data={"title": "Lamp", "price": price})
    assert wanted.is_valid()
    assert str(wanted.validated_data["price"]) == "0.00"


def test_a_product_is_shown_with_all_its_fields_in_this_order(lamp: Product) -> None:
    assert list(ProductSerializer(lamp).data) == [
        "id", "title", "description", "price", "image", "sku", "version", "created_at", "updated_at",
    ]  # fmt: skip

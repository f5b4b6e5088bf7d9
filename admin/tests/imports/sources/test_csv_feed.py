from decimal import Decimal
from typing import Any

import pytest
from imports.items import Item, Unusable
from imports.sources.csv_feed import pieces
from imports.sources.making import Note
from jobs.errors import Refused


def read(text: str, *, base: str = "") -> list[Any]:
    return [piece for _, piece in pieces(text, name="t.csv", base=base)]


def short(text: str) -> list[tuple[str | None, str | None, str | None]]:
    items = [each for each in read(text) if not isinstance(each, Note)]
    return [(each.sku, each.title, None if each.price is None else str(each.price)) for each in items]


TABLES = {
    "commas": "sku,title,price\nA,Lamp,1.00\n",
    "semicolons": 'sku;title;price\nA;Lamp;"1,00"\n',
    "tabs": "sku\ttitle\tprice\nA\tLamp\t1.00",
    "bars": "sku|title|price\r\nA|Lamp|1.00\r\n",
    "other words": "Variant SKU,Product_Name,Variant Price\nA,Lamp,1.00\n",
    "Google's": "g:id,g:title,g:price\nA,Lamp,1.00 EUR\n",
    "another order, and more": "colour,price,SKU,x,Title\nred,1.00,A,,Lamp\n",
    "empty lines": "\n\n,,\nsku,title,price\n\n,,\nA,Lamp,1.00\n\n",
    "a column without a name": ",sku,title,price\n0,A,Lamp,1.00\n",
    "delimiters at the end": "sku,title,price\nA,Lamp,1.00,,,\n",
    "quotes": '"sku","title","price"\n"A","Lamp","1.00"',
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_are_read_whatever_stands_between(case: str) -> None:
    assert short(TABLES[case]) == [("A", "Lamp", "1.00")]


def test_all_of_a_row() -> None:
    text = 'sku,title,description,price,image,url\nA,"a, b","<p>x\ny</p>","1.299,00 €",/a.jpg,/a\n'
    assert read(text, base="https://s.example.com/feed.csv") == [
        Item(
            where="row 2 of t.csv", title="a, b", description="x y", price=Decimal(1299), sku="A",
            image="https://s.example.com/a.jpg", url="https://s.example.com/a",
        )
    ]  # fmt: skip


ROWS = {
    "without a sku": (",Lamp,1.00", "neither a sku nor a URL"),
    "too short": ("A,Lamp", "2 cells where the header has 3"),
    "too long": ("A,Lamp,1,00", "4 cells where the header has 3"),
    "with NUL": ("A,La\0mp,1.00", "NUL"),
    "with a field without end": ('A,"' + "x" * 200_000 + '",1.00', "cannot be read"),
    "without a price that can be read": ("A,Lamp,much", "is no amount"),
    "with a negative price": ("A,Lamp,-1", "is negative"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_taken_is_told_and_the_next_one_is_read(case: str) -> None:
    row, reason = ROWS[case]
    bad, good = read(f"sku,title,price\n{row}\nB,Chair,2.00\n")
    assert isinstance(bad, Unusable)
    assert (bad.where, good.where) == ("row 2 of t.csv", "row 3 of t.csv")
    assert reason in bad.reason


@pytest.mark.parametrize(
    "text", ["", "\n", "a,b\n1,2\n", "title,price\nLamp,1\n", "\0\0\0", '"', "id,title\n1,Lamp\n", "x" * 300_000]
)
def test_a_table_by_which_nothing_is_found_again_is_refused_with_the_names_that_are_known(text: str) -> None:
    with pytest.raises(Refused, match="variant sku"):
        read(text)


SHOPIFY = """Handle,Title,Body (HTML),Option1 Value,Variant SKU,Variant Price,Image Src
mug,Mug,<p>A mug.</p>,Blue,M-B,9.00,https://i.example.com/1.jpg
mug,,,Red,M-R,9.50,https://i.example.com/2.jpg
mug,,,,,,https://i.example.com/3.jpg
cup,Cup,,Default Title,C,5.00,
"""


def test_shopify_s_further_rows_belong_to_the_product_above() -> None:
    assert short(SHOPIFY) == [("M-B", "Mug, Blue", "9.00"), ("M-R", "Mug, Red", "9.50"), ("C", "Cup", "5.00")]
    assert [each.description for each in read(SHOPIFY) if isinstance(each, Item)] == ["A mug.", "A mug.", None]


def test_woocommerce_s_first_picture_counts() -> None:
    (found,) = read('SKU,Name,Images\nA,Lamp,"https://i.example.com/1.jpg, https://i.example.com/2.jpg"\n')
    assert found.image == "https://i.example.com/1.jpg"


def test_an_empty_cell_says_nothing() -> None:
    (found,) = read("sku,title,description,price,image\nA,,,,\n")
    assert found == Item(where="row 2 of t.csv", sku="A")


def test_columns_that_are_not_known_are_named() -> None:
    note, item = read("SKU;Name;Preis\nA;Lampe;12,50\n")
    assert note == Note("t.csv has columns that are not known and left out: Preis")
    assert (item.sku, item.title, item.price) == ("A", "Lampe", None)

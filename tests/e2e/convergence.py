"""Whether the copy is equal to the original: nothing lost, nothing twice, nothing different."""

from collections.abc import Mapping

from tests.e2e.client import Product
from tests.e2e.stacks import Webs
from tests.e2e.waiting import eventually

Written = Mapping[int, Product | None]
"""What the last write of a product was answered, by its id; None: that it is deleted."""


def assert_converges(stack: Webs, written: Written, *, within: float) -> None:
    """Soon both sides list the same products with the same contents, among them what the clients were promised."""
    eventually(lambda: compare(stack, written), within=within, every=0.2)
    for product_id in [one for one, product in written.items() if product is None][:10]:
        stack.service.assert_has_not(product_id)


def compare(stack: Webs, written: Written) -> None:
    original, copy = stack.admin.products(), stack.service.products()
    broken = [one for one, product in written.items() if original.get(one) != product]
    assert not broken, f"admin itself does not show what it answered: {_some(broken)}"
    lost, extra = original.keys() - copy.keys(), copy.keys() - original.keys()
    different = [one for one in original.keys() & copy.keys() if original[one] != copy[one]]
    assert not lost | extra | set(different), (
        f"service lacks {_some(lost)}, has but should not {_some(extra)}, shows otherwise {_some(different)}: "
        f"{[(original[one], copy[one]) for one in different[:1]]}"
    )


def _some(ids: set[int] | list[int]) -> str:
    return f"{len(ids)} {sorted(ids)[:5]}"

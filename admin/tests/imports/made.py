"""What the tests of storing need: an attempt at an import, and items as a source would give them."""

from decimal import Decimal
from typing import Any

from imports.items import Item
from jobs import claims
from jobs import operations as jobs
from jobs.models import Job
from jobs.runs import Run

SHOP = "https://shop.example.com"


def a_run(job: Job | None = None) -> Run:
    """The next attempt at the job, or the first at a new one."""
    job = job or jobs.add(kind="import", label="a test", spec={"url": SHOP}, by="ann")
    run = claims.claim(job.pk, worker="a-host:1")
    assert run
    return run


def again(run: Run) -> Run:
    """Another attempt at the same job, as after a crash of its worker."""
    assert claims.put_back(run, "It crashed.", is_failure=False)
    return a_run(run.job)


def an_item(number: int = 1, **more: Any) -> Item:
    """Item L-1 at …/1, and so on."""
    told = {"title": f"Lamp {number}", "price": Decimal("19.90"), "sku": f"L-{number}", "url": f"{SHOP}/{number}"}
    return Item(where=f"row {number}", **(told | more))


def said(run: Run) -> list[str]:
    """The log's lines so far, the committed ones and the others."""
    run.beat()
    return list(run.job.lines.values_list("text", flat=True))


def counted(run: Run) -> tuple[int, ...]:
    """Created, updated, unchanged and rejected, as they are committed."""
    counts = Job.objects.get(pk=run.job.pk).counts
    return tuple(counts.get(name, 0) for name in ("created", "updated", "unchanged", "rejected"))

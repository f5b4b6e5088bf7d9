"""Asks for imports: REST views, pages and commands come through here, with what asking.py has nothing against."""

from django.conf import settings
from django.db import transaction
from jobs import operations as jobs
from jobs.models import Job

from imports.models import Upload

KIND = "import"


def import_url(*, url: str, by: str, depth: int | None = None, max_pages: int | None = None, schedule: str = "") -> Job:
    """The new job. `depth` None: the source's own; `max_pages` None: as many as IMPORTS_MAX_PAGES allows."""
    spec = {"url": url, "depth": depth, "max_pages": max_pages or settings.IMPORTS.max_pages}
    return jobs.add(kind=KIND, label=url, spec=spec, by=by, schedule=schedule)


def import_file(*, name: str, content_type: str, content: bytes, by: str) -> Job:
    """The new job, and the file with it."""
    content_type = content_type[:255] if content_type.isprintable() else ""
    with transaction.atomic():
        job = jobs.add(kind=KIND, label=name, spec={"file": name}, by=by)
        Upload.objects.create(job=job, name=name, content_type=content_type, content=content)
    return job

"""The form that asks for an import: of a URL, or of a file."""

from typing import Any

from console import audit
from django import forms
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from imports import asking, operations

from jobs.admin import listing
from jobs.admin.answers import CRUMB_OF_JOBS, IMPORT, ONE, back, page
from jobs.models import Job

EITHER = "Write a URL, or choose a file."
BOTH = "Write a URL, or choose a file, not both: each is an import of its own."


class ImportForm(forms.Form):
    url = forms.CharField(required=False, max_length=asking.LONGEST_URL)
    file = forms.FileField(required=False, max_length=asking.LONGEST_NAME, allow_empty_file=True)

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url and (problem := asking.url_problem(url)):
            raise forms.ValidationError(problem)
        return url

    def clean_file(self) -> Any:
        file: Any = self.cleaned_data["file"]
        if file and (problem := asking.file_problem(file.name or "", file.size or 0)):
            raise forms.ValidationError(problem)
        return file

    def clean(self) -> dict[str, Any]:
        given = [name for name in ("url", "file") if name in self.errors or self.cleaned_data.get(name)]
        if len(given) != 1:
            self.add_error("file" if given else "url", BOTH if given else EITHER)
        return self.cleaned_data


@permission_required(IMPORT, raise_exception=True)
def ask(request: HttpRequest) -> HttpResponse:
    """The form alone, and where the one on the jobs' page leads to."""
    if request.method != "POST":
        return _asked(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _asked(request, form)
    with transaction.atomic():
        job = _begun(form, by=request.user.get_username())
        audit.by_user(request, action="import", target=f"job {job.pk}", said=job.label)
    listing.count_anew()
    return back(request, reverse(ONE, args=(job.pk,)), done=f"Job {job.pk} is queued.")


def _asked(request: HttpRequest, form: ImportForm) -> HttpResponse:
    return page(request, "import", "Import", {"form": form}, crumbs=(CRUMB_OF_JOBS,))


def _begun(form: ImportForm, *, by: str) -> Job:
    file: Any = form.cleaned_data["file"]
    if file is None:
        return operations.import_url(url=form.cleaned_data["url"], by=by)
    kind = str(file.content_type or "")
    return operations.import_file(name=file.name or "", content_type=kind, content=file.read(), by=by)

"""The schedules: what is planned, and how people plan something, switch it on and off, run it now or drop it."""

from typing import Any

from console import audit, guards
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from imports import asking
from imports.operations import KIND as IMPORT_KIND
from processes import queries as processes

from jobs import schedules as operations
from jobs.admin import listing, steering, telling
from jobs.admin.answers import CRUMB_OF_JOBS, CRUMB_OF_SCHEDULES, ONE, SCHEDULES, VIEW, WORK, back, may_import, page
from jobs.errors import NotNow
from jobs.roles import BEAT

TAKEN = "There is a schedule of this name: drop it first, or take another name."
GONE = "Nothing was done: there is no such schedule any more."


def _text(**attrs: Any) -> forms.TextInput:
    return forms.TextInput({"class": "ls-input", "autocomplete": "off", **attrs})


class PlanForm(forms.Form):
    name = forms.CharField(max_length=operations.LONGEST_NAME, widget=_text(placeholder="lamps, each night"))
    kind = forms.ChoiceField(
        label="What",
        choices=[(kind, kind) for kind in settings.JOB_KINDS],
        widget=forms.Select({"class": "ls-input"}),
    )
    url = forms.CharField(
        label="URL",
        required=False,
        max_length=asking.LONGEST_URL,
        help_text="Of an import: a shop, a product, a CSV or a JSON feed.",
        widget=_text(inputmode="url", placeholder="https://shop.example.com/lamps"),
    )
    every = forms.IntegerField(
        label="Every so many seconds",
        required=False,
        min_value=1,
        max_value=operations.MOST_SECONDS,
        help_text="3600 is each hour, 86400 each day.",
        widget=_text(inputmode="numeric", **{"class": "ls-input"}),
    )
    cron = forms.CharField(
        label="Or a cron line",
        required=False,
        max_length=200,
        help_text="Minute, hour, day of the month, month, day of the week, in UTC: 30 2 * * 1-5.",
        widget=_text(spellcheck="false", **{"class": "ls-input ls-mono"}),
    )
    is_enabled = forms.BooleanField(label="Switched on", required=False, initial=True)

    def clean_name(self) -> str:
        """The library would put the new one in the other one's place."""
        name = str(self.cleaned_data["name"])
        if problem := TAKEN if operations.is_taken(name) else operations.name_problem(name):
            raise forms.ValidationError(problem)
        return name

    def clean_cron(self) -> str:
        cron = str(self.cleaned_data["cron"])
        if problem := operations.cron_problem(cron) if cron else "":
            raise forms.ValidationError(problem)
        return cron

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if self.cleaned_data.get("kind") != IMPORT_KIND:
            return ""
        if problem := asking.url_problem(url) if url else "Write the URL that is to be imported.":
            raise forms.ValidationError(problem)
        return url

    def clean(self) -> dict[str, Any]:
        given = [name for name in ("every", "cron") if name in self.errors or self.cleaned_data.get(name)]
        if len(given) != 1:
            self.add_error("every", "Write every how many seconds, or a cron line, and not both.")
        return self.cleaned_data

    def told(self) -> dict[str, Any]:
        """As jobs.schedules.plan takes it."""
        given = self.cleaned_data
        is_import = given["kind"] == IMPORT_KIND
        return {
            **{name: given[name] for name in ("name", "kind", "every", "cron", "is_enabled")},
            "label": given["url"] if is_import else "all products",
            "spec": {"url": given["url"], "depth": None, "max_pages": settings.IMPORTS.max_pages} if is_import else {},
        }


@permission_required(VIEW, raise_exception=True)
def schedules(request: HttpRequest) -> HttpResponse:
    found = operations.all_schedules()
    shown = [(one, telling.told(one.last_job) if one.last_job else None) for one in found]
    context = {
        "schedules": shown,
        "beat": steering.absent(BEAT, processes.running(BEAT)),
        "form": PlanForm(),
        "is_live": any(one.is_enabled or (last and not last.is_over) for one, last in shown),
    }
    return page(request, "schedules", "Schedules", context)


@permission_required(WORK, raise_exception=True)
def plan(request: HttpRequest) -> HttpResponse:
    """The form alone, and where the one on the schedules' page leads to."""
    form = PlanForm(request.POST) if request.method == "POST" else PlanForm()
    if form.is_valid() and _is_planned(request, form):
        return back(request, reverse(SCHEDULES), done=f"Planned: {form.cleaned_data['name']}.")
    return page(request, "plan", "Plan", {"form": form}, crumbs=(CRUMB_OF_SCHEDULES,))


def _is_planned(request: HttpRequest, form: PlanForm) -> bool:
    told = form.told()
    if told["kind"] == IMPORT_KIND and not may_import(request):
        raise PermissionDenied
    try:
        with transaction.atomic():
            operations.plan(**told)
            said = f"{told['kind']}: {told['label']}"
            audit.by_user(request, action="plan", target=f"schedule {told['name']}", said=said)
    except ValueError as error:
        form.add_error(None, str(error))
        return False
    return True


@permission_required(WORK, raise_exception=True)
def switch(request: HttpRequest) -> HttpResponse:
    """On or off."""
    name, is_on = _name(request), request.POST.get("to") == "on"
    with transaction.atomic():
        is_there = operations.switch(name, is_enabled=is_on)
        if is_there:
            audit.by_user(request, action=f"switch {'on' if is_on else 'off'}", target=f"schedule {name}")
    return _done(request, f"Switched {'on' if is_on else 'off'}: {name}." if is_there else "")


@permission_required(WORK, raise_exception=True)
def run(request: HttpRequest) -> HttpResponse:
    """Now, once, whatever the schedule says."""
    name = _name(request)
    try:
        with transaction.atomic():
            job = operations.run_now(name, by=request.user.get_username())
            if job:
                audit.by_user(request, action="run", target=f"schedule {name}", said=f"job {job.pk}")
    except NotNow as error:
        return back(request, reverse(SCHEDULES), failed=f"Nothing was begun. {error}")
    if job is None:
        return _done(request, "")
    listing.count_anew()
    return back(request, reverse(ONE, args=(job.pk,)), done=f"Job {job.pk} is queued.")


@permission_required(WORK, raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    name = _name(request)
    found = next((one for one in operations.all_schedules() if one.name == name), None)
    if found is None:
        return _done(request, "")
    context = {"schedule": found}
    return page(request, "drop", "Drop a schedule", context, crumbs=(CRUMB_OF_JOBS, CRUMB_OF_SCHEDULES))


@permission_required(WORK, raise_exception=True)
def drop(request: HttpRequest) -> HttpResponse:
    name = _name(request)
    with transaction.atomic():
        is_done = operations.drop(name)
        if is_done:
            audit.by_user(request, action="drop", target=f"schedule {name}")
    return _done(request, f"Dropped: {name}. Its jobs stay." if is_done else "")


def _name(request: HttpRequest) -> str:
    return guards.text(request.POST.get("name", ""))[: operations.LONGEST_NAME]


def _done(request: HttpRequest, said: str) -> HttpResponse:
    return back(request, reverse(SCHEDULES), done=said, failed="" if said else GONE)

"""What is done to many letters: first the question, then a run, two seconds of it with each request."""

from uuid import UUID, uuid4

from config.databases import explain
from config.printable import printable
from console.audit import by_user
from django import forms
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import queries, runs
from inbox.envelope import MAX_NUMBER
from inbox.models import Action, Reason, Run
from inbox.pages.doors import link, page, seeing, working
from inbox.pages.filters import FilterForm, in_words
from inbox.pages.following import outcome, title, told

WHY = forms.TextInput({"class": "ls-input", "autocomplete": "off", "size": 60})


class ActionForm(forms.Form):
    action = forms.ChoiceField(choices=Action.choices)


class BeginForm(ActionForm):
    run = forms.UUIDField()
    newest = forms.IntegerField(min_value=0, max_value=MAX_NUMBER)
    why = forms.CharField(required=False, max_length=500, label="Why? The audit keeps it.", widget=WHY)
    is_rehearsal = forms.BooleanField(required=False)

    def clean_why(self) -> str:
        why: str = self.cleaned_data["why"]
        if not why and self.cleaned_data.get("action") == Action.DISCARD:
            raise forms.ValidationError("Say why they are discarded.")
        return why

    def clean_is_rehearsal(self) -> bool:
        is_rehearsal: bool = self.cleaned_data["is_rehearsal"]
        if is_rehearsal and self.cleaned_data.get("action") == Action.DISCARD:
            raise forms.ValidationError("There is no dry run of a discard: the question has said how many.")
        return is_rehearsal


@working
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest) -> HttpResponseBase:
    """Asks; or begins, once somebody has said yes."""
    asked = request.POST if request.method == "POST" else request.GET
    filters, action = FilterForm(asked), ActionForm(asked)
    if not filters.is_valid() or not action.is_valid():
        return _nonsense(request, filters, action)
    form = BeginForm(asked) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _ask(request, filters, action.cleaned_data["action"], form)
    said = form.cleaned_data
    with transaction.atomic():
        is_new = runs.begin(
            id=said["run"],
            action=said["action"],
            wanted=filters.wanted,
            newest=said["newest"],
            by=request.user.get_username(),
            why=said["why"],
            is_rehearsal=said["is_rehearsal"],
        )
        if is_new and not said["is_rehearsal"]:
            _note(request, Run.objects.get(id=said["run"]), verb="begin")
    return HttpResponseRedirect(_going(said["run"]))


@seeing
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """It goes on by itself only for whom has begun it, or told it to: to look at it changes nothing."""
    found = get_object_or_404(Run, id=run_id)
    is_open = found.finished_at is None
    facts = told(found) | {"is_open": is_open, "goes_on": is_open and "go" in request.GET}
    return page(request, "run", **facts | {"is_live": is_open and not facts["goes_on"]})


@working
@require_POST
def step(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Works at it for two seconds at most, and shows how far it is."""
    get_object_or_404(Run, id=run_id)
    try:
        runs.work(run_id)
        return _after(request, run_id)
    except Error as error:
        return _away(error)


@working
@require_POST
def stop(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    get_object_or_404(Run, id=run_id)
    runs.stop(run_id)
    return _after(request, run_id)


def _ask(request: HttpRequest, filters: FilterForm, action: str, form: BeginForm | None) -> HttpResponseBase:
    wanted = filters.wanted
    letters = runs.meant(action=action, wanted=wanted)
    newest = queries.newest_of(letters)
    number = letters.filter(id__lte=newest).count()
    return page(
        request,
        "ask",
        title=f"{Action(action).label} dead letters",
        action=action,
        is_discard=action == Action.DISCARD,
        number=number,
        given_up=wanted.letters.filter(reason=Reason.GIVEN_UP).count(),
        words=in_words(wanted),
        pairs=filters.pairs,
        query=filters.query,
        run=uuid4(),
        newest=newest,
        form=form or BeginForm(),
        groups=queries.groups(letters)[:5],
    )


def _nonsense(request: HttpRequest, filters: FilterForm, action: ActionForm) -> HttpResponseBase:
    answer = page(request, "nonsense", title="Which letters?", filters=filters, action=action)
    answer.status_code = 400
    return answer


def _after(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """To the run's page: a reload of it must not be another step."""
    found = Run.objects.get(id=run_id)
    if not runs.is_over(found):
        return HttpResponseRedirect(_going(run_id))
    if found.busy_until is not None and found.busy_until > timezone.now():
        return HttpResponseRedirect(_going(run_id))  # another request finishes its letter
    with transaction.atomic():
        if runs.finish(run_id) and not found.is_rehearsal:
            _note(request, found, verb="end")
    return HttpResponseRedirect(link("run", run_id))


def _going(run_id: UUID) -> str:
    return f"{link('run', run_id)}?go=1"


def _note(request: HttpRequest, found: Run, *, verb: str) -> None:
    """What was meant when it begins, what came of it when it ends."""
    said = in_words(runs.wanted_by(found)) if verb == "begin" else outcome(found)
    why = f"; why: {found.why}" if found.why else ""
    by_user(
        request,
        action=f"{verb} {found.action} of dead letters",
        target=f"run {found.id}",
        said=printable(f"{title(found)}: {said}{why}"),
    )


def _away(error: Error) -> HttpResponse:
    """Without a template of ours, which would ask the database for the sidebar."""
    text = "The database fails, and how far the run is cannot be noted. Nothing is lost: go on when it answers."
    return HttpResponse(
        f"{text}\n{explain(error)}", status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "5"}
    )

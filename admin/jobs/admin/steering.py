"""The workers and beat: who lives, and a pause for all workers."""

from typing import Any

from console import audit, guards
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from processes import steering
from processes.models import State

from jobs.admin.answers import LIST, WORK, back
from jobs.roles import BEAT, WORKER

LEVELS = {State.WORKING: "ok", State.IDLE: "ok", State.NO_SOURCE: "warn"}  # of who lives; else it stands still
START = {
    WORKER: "No worker lives, so nothing is done. Start one where admin runs: celery -A config worker "
    "(make run and compose do so by themselves).",
    BEAT: "Beat does not live, so no schedule comes due. Start one, and one alone, where admin runs: "
    "celery -A config beat (make run and compose do so by themselves).",
}


def seen(context: dict[str, Any]) -> dict[str, Any]:
    """The page's context, with the processes in words and what is to be started."""
    found = context["processes"]
    return context | {
        "processes": [{**process, **_word(process)} for process in found],
        "absent": [text for role in START if (text := absent(role, found))],
    }


def absent(role: str, processes: list[dict[str, Any]]) -> str:
    """What is to be started where none of the role lives; else empty."""
    return "" if any(process["role"] == role and process["is_fresh"] for process in processes) else START[role]


def _word(process: dict[str, Any]) -> dict[str, str]:
    if process["state"] == State.STOPPED:
        return {"level": "unknown", "word": "stopped"}
    if not process["is_fresh"]:
        return {"level": "bad", "word": "silent"}
    return {"level": LEVELS.get(process["state"], "bad"), "word": State(process["state"]).label.lower()}


@permission_required(WORK, raise_exception=True)
def pause(request: HttpRequest) -> HttpResponse:
    reason = " ".join(guards.text(request.POST.get("reason", "")).split())[:200]
    with transaction.atomic():
        is_new = steering.pause(role=WORKER, by=request.user.get_username(), reason=reason)
        if is_new:
            audit.by_user(request, action="pause", target=WORKER, said=reason)
    said = "The workers pause: what runs goes on to its end." if is_new else "The workers were paused already."
    return back(request, reverse(LIST), done=said)


@permission_required(WORK, raise_exception=True)
def resume(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        was_paused = steering.resume(role=WORKER)
        if was_paused:
            audit.by_user(request, action="resume", target=WORKER)
    said = "The workers go on within a few seconds." if was_paused else "The workers were not paused."
    return back(request, reverse(LIST), done=said)

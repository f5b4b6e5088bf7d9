"""The drift check over HTTP: programs ask for one as the pages do, and follow it."""

from collections.abc import Collection
from typing import Any

from access.permissions import Operator
from console import audit
from console.metrics import Watcher
from django.db import transaction
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from replica import check_openapi as openapi
from replica import runner, runs
from replica.models import DriftCheck
from replica.presenters import timestamp
from replica.runs import Busy

TOLD = (
    "id", "kind", "is_whole", "verdict", "compared", "counts", "repaired", "on_their_way", "is_cut_short", "by",
    "said", "error",
)  # fmt: skip


class Occupied(APIException):
    """One check of all products at a time; `running` is the one that goes on."""

    status_code = 409
    default_code = "busy"

    def __init__(self) -> None:
        going = DriftCheck.objects.running().values_list("pk", flat=True).first()
        super().__init__("Another run goes on: follow that one, or wait for its end.")
        self.members = {"running": going}


class Checks(APIView):
    def get_permissions(self) -> list[Any]:
        """Never in public: what differs tells how a shop does, and who looked."""
        return [Operator()] if self.request.method == "POST" else [Watcher()]

    @openapi.listed
    def get(self, request: Request) -> Response:
        """The last fifty, newest first, by whomever."""
        running = _running()
        return Response([_shown(run, running) for run in DriftCheck.objects.defer("differences")[: runs.KEPT]])

    @openapi.begun
    def post(self, request: Request) -> Response:
        """Of all products, without a repair. The answer comes at once: its address tells the rest."""
        try:
            with transaction.atomic():
                run = runs.begin(kind=DriftCheck.Kind.CHECK, by=audit.caller(request), is_alone=True)
                audit.by_api(request, action="check", target="the copy", said=f"{run.get_kind_display()}, run {run.pk}")
        except Busy as error:
            raise Occupied from error
        runner.start(run, only_ids=())
        return Response(_one(run.pk), status=202, headers={"Location": f"/api/drift-checks/{run.pk}"})


class One(APIView):
    permission_classes = (Watcher,)

    @openapi.one
    def get(self, request: Request, run_id: str) -> Response:
        """How far it is, or what it found."""
        return Response(_one(int(run_id)))


def _one(run_id: int) -> dict[str, Any]:
    running = _running()  # before the row: one that ends in between has ended, and is not lost
    run = DriftCheck.objects.filter(pk=run_id).defer("differences").first()
    if run is None:
        raise NotFound(f"There is no drift check {run_id}: the last {runs.KEPT} are kept.")
    return _shown(run, running)


def _running() -> set[int]:
    return set(DriftCheck.objects.running().values_list("pk", flat=True))


def _shown(run: DriftCheck, running: Collection[int]) -> dict[str, Any]:
    """One that ended between the two looks has ended."""
    is_over = run.finished_at is not None
    return {name: getattr(run, name) for name in TOLD} | {
        "state": "ended" if is_over else "running" if run.pk in running else "lost",
        "started_at": timestamp(run.started_at),
        "finished_at": timestamp(run.finished_at) if run.finished_at else None,
    }

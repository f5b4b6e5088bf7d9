"""The drift check's operations as clients see them."""

from typing import Any

from config.errors import MEDIA_TYPE
from config.openapi import ProblemSerializer
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from replica.models import DriftCheck
from replica.verdicts import Verdict

STATES = ("running", "ended", "lost")


class DriftCheckSerializer(serializers.Serializer[Any]):
    """What check_views answers."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DriftCheck.Kind.choices)
    is_whole = serializers.BooleanField(help_text="Of all products.")
    state = serializers.ChoiceField(choices=STATES, help_text="`lost`: its process ended before it did.")
    verdict = serializers.ChoiceField(choices=[*Verdict, ""], help_text="Empty until it ends.")
    compared = serializers.IntegerField(help_text="Products of admin's.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="What still differs: missing, extra, stale, different, ahead."
    )
    repaired = serializers.DictField(child=serializers.IntegerField())
    on_their_way = serializers.IntegerField(help_text="Products that differ and whose event may yet come.")
    is_cut_short = serializers.BooleanField(help_text="More may differ behind the last one that was compared.")
    by = serializers.CharField()
    said = serializers.CharField(help_text="What it does now.")
    error = serializers.CharField(help_text="Why it cannot tell.")
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class BusySerializer(ProblemSerializer):
    running = serializers.IntegerField(allow_null=True, help_text="The run that goes on; null: it has just ended.")


ENDED = {
    "id": 17,
    "kind": "check",
    "is_whole": True,
    "state": "ended",
    "verdict": "drift",
    "compared": 1000,
    "counts": {"missing": 2, "different": 1},
    "repaired": {},
    "on_their_way": 0,
    "is_cut_short": False,
    "by": "token admin",
    "said": "",
    "error": "",
    "started_at": "2026-01-02T03:04:05.678901Z",
    "finished_at": "2026-01-02T03:04:07.123456Z",
}
BEGUN = ENDED | {
    "state": "running", "verdict": "", "compared": 0, "counts": {}, "said": "4,096 products compared",
    "finished_at": None,
}  # fmt: skip
FOUND = OpenApiExample("What it found", ENDED, response_only=True, status_codes=["200"])
RUNNING = OpenApiExample("It goes on", BEGUN, response_only=True, status_codes=["200", "202"])
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, required=True, response=[202], description="Where it is followed."
)
OCCUPIED = {(409, MEDIA_TYPE): OpenApiResponse(BusySerializer, "Another run goes on.")}
listed = extend_schema(
    summary="List the drift checks",
    operation_id="drift_checks_list",
    responses={200: DriftCheckSerializer(many=True)},
    examples=[FOUND],
)
one = extend_schema(
    summary="Read a drift check",
    operation_id="drift_checks_retrieve",
    responses={200: DriftCheckSerializer},
    examples=[FOUND, RUNNING],
)
begun = extend_schema(
    summary="Ask for a drift check",
    operation_id="drift_checks_create",
    request=None,
    parameters=[LOCATION],
    responses={202: DriftCheckSerializer} | OCCUPIED,
    examples=[RUNNING],
)

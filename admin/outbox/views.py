from typing import Any

from access.permissions import Operator
from config.errors import MEDIA_TYPE
from config.openapi import INTEGER, many, operators, problem, shape
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view, permission_classes, throttle_classes
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from outbox import feed, queries
from outbox.envelope import BATCH_CONTENT_TYPE

MAX_POSITION = 2**63 - 1
NOT_HERE = {(409, MEDIA_TYPE): problem("Events go to the broker here.")}
GO_ON = OpenApiParameter(
    "Lockstep-Position",
    {"type": "string", "pattern": "^[0-9]+$"},
    OpenApiParameter.HEADER,
    required=True,
    response=[200],
    description="To come back with once these events are applied.",
)
TOO_OLD = {(410, MEDIA_TYPE): problem("The position is not of this feed, or too old: fill the copy anew.")}


class Whole(serializers.IntegerField):
    """DRF's would take a text for its digits."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Seconds(serializers.FloatField):
    """DRF's would take true for one second."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class PositionSerializer(serializers.Serializer[None]):
    position = Whole(min_value=0, max_value=MAX_POSITION)


class PullSerializer(PositionSerializer):
    wait_seconds = Seconds(min_value=0, max_value=30, default=0)
    limit = Whole(min_value=1, max_value=5000, default=500)


class EventsGoToBroker(APIException):
    """This admin publishes to a broker: set the same BROKER_URL on the subscriber."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Events go to the broker here: set BROKER_URL on the subscriber too."


class Gone(APIException):
    status_code = status.HTTP_410_GONE


@extend_schema(
    summary="The next events for this subscriber, a CloudEvents JSON batch",
    request=PullSerializer,
    parameters=[GO_ON],
    responses={(200, BATCH_CONTENT_TYPE): many({"type": "object"})} | NOT_HERE | TOO_OLD,
    examples=[OpenApiExample("Behind position 7", {"position": 7, "wait_seconds": 10}, request_only=True)],
)
@api_view(["POST"])
@permission_classes([Operator])
@throttle_classes([])
def pull(request: Request, name: str) -> HttpResponse:
    """Answers a CloudEvents JSON batch and, in a header, the position to come back with once it is applied."""
    if settings.BROKER_URL:
        raise EventsGoToBroker
    wanted = PullSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    try:
        position, events = feed.pull(name=name, **wanted.validated_data)
    except feed.PositionGone as error:
        raise Gone(str(error)) from error
    body = f"[{','.join(events)}]"
    return HttpResponse(body, content_type=BATCH_CONTENT_TYPE, headers={"Lockstep-Position": str(position)})


@operators(
    "Subscribe, or find out where to go on",
    shape(position=INTEGER),
    {"position": 7},
    request=PositionSerializer,
)
@api_view(["PUT"])
@permission_classes([Operator])
@throttle_classes([])
def subscribe(request: Request, name: str) -> Response:
    """Answers the position from which the feed can go on: the one that was sent, or the newest if that is gone."""
    if settings.BROKER_URL:
        raise EventsGoToBroker
    wanted = PositionSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    return Response({"position": feed.subscribe(name=name, **wanted.validated_data)})


@operators(
    "Between which ids the outbox holds events",
    shape(oldest=INTEGER, newest=INTEGER, is_feed={"type": "boolean"}),
    {"oldest": 0, "newest": 7, "is_feed": False},
)
@api_view(["GET"])
@permission_classes([Operator])
def bounds(request: Request) -> Response:
    """Between which ids the outbox holds events now: what is below `oldest` has gone out. 0: none."""
    oldest, newest = queries.bounds()
    return Response({"oldest": oldest, "newest": newest, "is_feed": not settings.BROKER_URL})

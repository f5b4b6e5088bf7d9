"""What an import is asked for with, and how it is shown."""

from typing import Any

from catalogue.serializers import Text
from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from jobs.models import Job, Line, State
from rest_framework import serializers

from imports import asking

LINES = 200  # the last ones are shown


class Whole(serializers.IntegerField):
    """DRF's would take a text for its digits."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class ImportOfURLSerializer(serializers.Serializer[None]):
    """A URL that leads to products."""

    url = Text(max_length=asking.LONGEST_URL, help_text="A page, a listing, a feed, or another one's /api/products.")
    depth = Whole(
        min_value=0, max_value=asking.MAX_DEPTH, default=None, allow_null=True, help_text="How many links are followed."
    )
    max_pages = Whole(min_value=1, default=None, allow_null=True, help_text="The most pages that are read.")

    def validate_url(self, value: str) -> str:
        if problem := asking.url_problem(value):
            raise serializers.ValidationError(problem)
        return value

    def validate_max_pages(self, value: int | None) -> int | None:
        if value is not None and value > settings.IMPORTS.max_pages:
            raise serializers.ValidationError(f"At most {settings.IMPORTS.max_pages:,} (IMPORTS_MAX_PAGES).")
        return value


class ImportOfFileSerializer(serializers.Serializer[None]):
    """A file with products: CSV or JSON."""

    file = serializers.FileField(allow_empty_file=True, help_text="CSV or JSON, as its name ends.")

    def validate_file(self, value: Any) -> Any:
        if problem := asking.file_problem(value.name or "", value.size or 0):
            raise serializers.ValidationError(problem)
        return value


class LineSerializer(serializers.ModelSerializer[Line]):
    attempt = serializers.IntegerField()  # a model's own has the bounds of the database

    class Meta:
        model = Line
        fields = ("at", "level", "text", "attempt")


class ProgressSerializer(serializers.Serializer[Job]):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True, help_text="Null where it is not known.")


class CountsSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField(default=0)
    updated = serializers.IntegerField(default=0)
    unchanged = serializers.IntegerField(default=0)
    rejected = serializers.IntegerField(default=0)


class ImportSerializer(serializers.ModelSerializer[Job]):
    """An import, as a list shows it."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    url = serializers.CharField(source="spec.url", default=None, allow_null=True)
    file = serializers.CharField(source="spec.file", default=None, allow_null=True, help_text="Its name.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="Of the attempt.")
    attempt = serializers.IntegerField(source="token", help_text="Which one it is; 0: none yet.")
    tries = serializers.IntegerField(help_text="Attempts that failed for a reason which passes by.")
    crashes = serializers.IntegerField(help_text="Attempts whose worker fell silent.")
    progress = ProgressSerializer(source="*")
    counts = CountsSerializer(help_text="Of products.")
    said = serializers.CharField(help_text="What it does now, or what became of it.")
    error = serializers.SerializerMethodField(help_text="Why it failed; empty where it did not.")

    class Meta:
        model = Job
        fields: tuple[str, ...] = (
            *("id", "state", "url", "file", "by", "schedule", "created_at", "started_at", "finished_at", "attempt"),
            *("tries", "crashes", "worker", "progress", "counts", "said", "error"),
        )
        read_only_fields = fields

    def get_error(self, job: Job) -> str:
        """The sentence alone: what stands in the traceback is for the console."""
        return job.said if job.state == State.FAILED else ""


class ImportWithLinesSerializer(ImportSerializer):
    """An import with the last lines of its log."""

    lines = serializers.SerializerMethodField()

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "lines")

    @extend_schema_field(LineSerializer(many=True))
    def get_lines(self, job: Job) -> Any:
        last = job.lines.order_by("-id")[:LINES]
        return LineSerializer(last[::-1], many=True).data

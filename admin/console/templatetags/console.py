from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console import words

register = template.Library()
LEVELS = ("ok", "warn", "bad", "unknown")


@register.filter
def ago(value: Any) -> SafeString | str:
    """A moment, or its ISO text → "3 s ago", with the exact time beside the pointer and for machines."""
    at = words.moment(value)
    if at is None:
        return words.NEVER
    text = words.ago(at, timezone.now())
    return format_html(
        '<time datetime="{}" title="{}" class="ls-nowrap">{}</time>', at.isoformat(), words.exactly(at), text
    )


@register.filter
def exactly(value: Any) -> str:
    """A moment, or its ISO text → "2026-11-26 10:02:03 UTC"; empty where it is none."""
    return words.exactly(value)


@register.filter
def number(value: Any) -> str:
    """12431 → "12,431"; what is no whole number is "?"."""
    return words.number(value)


@register.filter
def lag(value: Any) -> str:
    """Seconds → "7 ms", "1.2 s"."""
    return words.lag(float(value)) if isinstance(value, int | float) and value >= 0 else "?"


@register.filter
def per_second(value: Any) -> str:
    """2.5 → "2.5/s"."""
    return words.per_second(value) if isinstance(value, int | float) else "?"


@register.simple_tag
def badge(level: str, word: object) -> SafeString:
    """A level in colour, by its mark and in a word."""
    known = level if level in LEVELS else "unknown"
    return format_html('<span class="ls-badge ls-{}">{}</span>', known, word)

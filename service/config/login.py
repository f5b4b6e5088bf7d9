"""What django-axes asks of us: who tries to log in from where, and what a locked-out person is told."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

UNKNOWN = "0.0.0.0"  # noqa: S104  of a web server behind a socket that has no address


def address(request: HttpRequest) -> str:
    """The client's, of which the outermost of our proxies has told; what stands before that anybody can forge."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "").split(",")
    proxies: int = settings.TRUSTED_PROXIES
    outermost = told[-min(proxies, len(told))] if proxies else peer
    return _ip(outermost) or _ip(peer) or UNKNOWN


def _ip(text: str) -> str:
    """As the database takes it, without a port; empty where it is none."""
    try:
        host = urlsplit(f"//{text.strip()}").hostname if text.count(":") == 1 or "[" in text else text.strip()
        return str(ip_address(host or ""))
    except ValueError:
        return ""


def username(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """No longer than axes has room for: Django's form sets no limit."""
    return str((credentials or request.POST).get("username") or "")[:255]


def locked(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    wait = settings.AXES_COOLOFF_TIME
    context = {
        **admin.site.each_context(request),
        "title": "Locked out",
        "failures": settings.AXES_FAILURE_LIMIT,
        "minutes": int(wait.total_seconds() // 60),
    }
    page = TemplateResponse(request, "admin/locked.html", context, status=429)
    page["Retry-After"] = str(int(wait.total_seconds()))
    return page.render()

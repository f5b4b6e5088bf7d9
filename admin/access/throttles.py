from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from access.models import Token


class WriteThrottle(SimpleRateThrottle):
    """So many writes a minute by one token, or by one address; counted by each worker of the web for itself."""

    scope = "write"

    def allow_request(self, request: Request, view: Any) -> bool:
        return settings.IS_OPEN or request.method in SAFE_METHODS or super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: Any) -> str:
        bearer = request.auth.prefix if isinstance(request.auth, Token) else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": bearer}

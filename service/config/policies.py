"""What a browser may do with an answer: nothing with the API's; pages say by their path what they load."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Policy = dict[str, list[str]]
API: Policy = {"default-src": [NONE], "frame-ancestors": [NONE]}
# For people: scripts and styles from files of ours, none within the page, none from anywhere else.
PAGE: Policy = {
    **API,
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
}
# Swagger UI sets styles in place, and so does django-unfold, whose Alpine evaluates expressions of the templates.
DOCS: Policy = PAGE | {"style-src": [SELF, UNSAFE_INLINE]}
CONSOLE: Policy = DOCS | {"script-src": [SELF, UNSAFE_EVAL]}


class Policies(CSPMiddleware):
    """django-csp's, with a policy for each prefix of `CONTENT_SECURITY_POLICIES`; the longest one wins.

    A view's own `@csp` or `@csp_replace` still has the last word.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.config is None and not report_only:
            parts.config = policy(request.path_info, settings.CONTENT_SECURITY_POLICIES)
        return parts


def policy(path: str, pages: dict[str, Policy]) -> dict[str, Any]:
    return pages.get(max((prefix for prefix in pages if path.startswith(prefix)), key=len, default=""), API)

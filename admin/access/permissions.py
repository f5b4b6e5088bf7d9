"""Who may do what: everybody in development; elsewhere tokens by their scope, and staff who logged in."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission, DjangoModelPermissions
from rest_framework.request import Request

from access.models import Scope, Token


def may(request: Request, scope: Scope, view: Any) -> bool:
    if settings.IS_OPEN:
        return True
    if isinstance(request.auth, Token):
        return Scope(request.auth.scope).includes(scope)
    return bool(request.user and request.user.is_staff) and _staff_may(request, scope, view)


def _staff_may(request: Request, scope: Scope, view: Any) -> bool:
    """What their permissions let them do in the pages, so that the API is no way round these."""
    match scope:
        case Scope.READ:
            return True
        case Scope.WRITE:
            return DjangoModelPermissions().has_permission(request, view)
        case Scope.OPERATE:
            return bool(request.user.is_superuser)


class Everybody(BasePermission):
    """The default: reading is public where PUBLIC_READ says so, else it needs `read`; writing needs `write`."""

    message = 'This needs a token with the scope "write", or "read" to read.'

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS:
            return settings.PUBLIC_READ or may(request, Scope.READ, view)
        return may(request, Scope.WRITE, view)


class Operator(BasePermission):
    message = 'This is for operators: it needs a token with the scope "operate".'

    def has_permission(self, request: Request, view: Any) -> bool:
        return may(request, Scope.OPERATE, view)

"""Who may do what besides reading and writing products."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Operator(BasePermission):
    """Everybody in development; staff elsewhere."""

    message = "For operators only: log in as a member of staff."

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(settings.DEBUG or (request.user and request.user.is_staff))

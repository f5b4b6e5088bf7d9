from typing import cast

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.models import Token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`: a program, which is no user."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Token] | None:
        kind, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        try:
            token = cast(Token, Token.objects.get_from_key(key.strip()))
        except Token.DoesNotExist as error:
            raise AuthenticationFailed("This token is unknown or revoked.") from error
        if token.has_expired:
            raise AuthenticationFailed(f"This token expired on {token.expiry_date:%Y-%m-%d}.")
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        """With it a stranger is answered 401, without it 403."""
        return "Bearer"

"""`manage.py tokens`."""

import pytest
from access.models import Scope, Token
from console.models import AuditEntry
from django.core.management import CommandError, call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db


def test_a_token_is_made_shown_once_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("tokens", "create", "shop", "--scope", "write", "--days", "30")
    key = capsys.readouterr().out.strip()
    token = Token.objects.get_from_key(key)
    assert (token.name, token.scope, (token.expiry_date - timezone.now()).days) == ("shop", Scope.WRITE, 29)
    call_command("tokens", "list")
    listed = capsys.readouterr().out
    assert listed.split()[:3] == [token.prefix, "write", "valid"]
    assert key.partition(".")[2] not in listed
    call_command("tokens", "revoke", token.prefix)
    call_command("tokens", "list")
    assert "revoked" in capsys.readouterr().out.splitlines()[-1]


def test_who_made_and_who_revoked_a_token_is_kept() -> None:
    call_command("tokens", "create", "shop", "--scope", "write")
    token = Token.objects.get()
    call_command("tokens", "revoke", token.prefix)
    revoked, created = AuditEntry.objects.all()
    assert (created.via, created.action, created.target) == ("command", "create", f"token {token.prefix}")
    assert created.said.startswith('for shop, scope "write", until 2')
    assert (revoked.action, revoked.target) == ("revoke", f"token {token.prefix}")


@pytest.mark.parametrize(
    "arguments",
    [("create", "x", "--days", "0"), ("create", "x", "--days", "99999"), ("create", " "), ("create", "x" * 51),
     ("create", "x", "--scope", "all"), ("revoke", "unknown1"), ()],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("tokens", *arguments)
    assert not Token.objects.exists()
    assert not AuditEntry.objects.exists()

"""Commands as their users call them."""

from io import StringIO

from django.core.management import CommandError, call_command


def said(command: str, *arguments: str, code: int = 0) -> str:
    """What it says; the exit code must be `code`."""
    out, err = StringIO(), StringIO()
    found = 0
    try:
        call_command(command, *arguments, stdout=out, stderr=err)
    except CommandError as error:
        found = error.returncode
        out.write(str(error))
    except SystemExit as error:
        found = int(error.code or 0)
    assert found == code, out.getvalue()
    return out.getvalue() + err.getvalue()

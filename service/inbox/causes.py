"""What many dead letters have in common: their reason and error, without what is particular to one event."""

import re

from config.printable import printable

LONGEST = 200
READ = 2000  # characters of an error; what makes a group stands at its beginning
GAP = "…"
# MySQL's errors come as the text of a pair, whose second half would pass for one quoted text.
PAIR = re.compile(r"""\((\d+), (["'])(.*)\2\)""")
NAMED = r"(?:column|constraint|relation|table|index|key|type|function|attribute) "
QUOTED = re.compile(rf"""({NAMED})?(?:(?<!\w)"[^"]*"|(?<!\w)'[^']*'(?!\w))""")
UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Not the digits of a name, as in `product.updated.v2`, whose version is the cause.
NUMBER = re.compile(
    rf"(?<![\w…])(?<!\w-)(?:{UUID}|0x[0-9a-fA-F]+|(?=[a-f]*\d)[0-9a-f]{{16,}}|[-+]?\d[\d.,:T+-]*Z?(?!\w))"
)


def cause(*, reason: str, error: str) -> str:
    """One line, at most 200 characters. Errors that differ in numbers, ids and quoted texts alone have the same one."""
    line = PAIR.sub(r"\3", error[:READ].lstrip().partition("\n")[0])
    line = QUOTED.sub(lambda found: found[0] if found[1] else GAP, line)
    line = NUMBER.sub(_gap, line)
    return " ".join(printable(f"{reason}: {line}").split())[:LONGEST].rstrip()


def _gap(found: re.Match[str]) -> str:
    """A full stop or comma that ends the sentence is no part of the number."""
    text = found[0]
    return GAP + text[len(text.rstrip(".,:")) :]

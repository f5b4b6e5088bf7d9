"""One product that a page tells of twice, as JSON-LD and as microdata, is one."""

from collections.abc import Iterable, Sequence

import msgspec

from imports.sources.addresses import absolute
from imports.sources.making import Draft
from imports.sources.text import first, line

Key = tuple[str, str]


class _Known(msgspec.Struct):
    draft: Draft
    keys: set[Key]
    syntax: int


def merged(found: Sequence[Iterable[Draft]], *, base: str) -> list[Draft]:
    """`found` by syntax. Of two values the first one stays."""
    known: list[_Known] = []
    by_key: dict[Key, _Known] = {}
    for syntax, drafts in enumerate(found):
        for draft in drafts:
            keys = _keys(draft, base)
            same = next((each for key in keys if (each := by_key.get(key)) and _is_same(each, keys, syntax)), None)
            if same is None:
                same = _Known(draft, keys, syntax)
                known.append(same)
            else:
                _add(draft, to=same)
                same.keys |= keys
            by_key |= {key: same for key in keys if key not in by_key}
    return [each.draft for each in known]


def _keys(draft: Draft, base: str) -> set[Key]:
    said = {
        "sku": first(draft.sku, "@value", "value"),
        "url": absolute(first(draft.url, "@id", "url"), base),
        "title": line(first(draft.title, "@value", "name") or ""),
    }
    return {(name, value) for name, value in said.items() if value}


def _is_same(known: _Known, keys: set[Key], syntax: int) -> bool:
    """By the first of sku, URL and title that both have; a title alone means nothing within one syntax."""
    for name in ("sku", "url", "title"):
        here, there = ({key for key in each if key[0] == name} for each in (keys, known.keys))
        if here and there:
            return bool(here & there) and (name != "title" or syntax != known.syntax)
    return False


def _add(draft: Draft, *, to: _Known) -> None:
    for name in Draft.__struct_fields__:
        if not getattr(to.draft, name):
            setattr(to.draft, name, getattr(draft, name))

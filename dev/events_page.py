"""Writes admin's page of the events (/api/events/docs) from the contract, so that it needs no tool and no network.

python dev/events_page.py > admin/outbox/templates/outbox/events.html
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

CONTRACT = Path(__file__).resolve().parents[1] / "contract"
PAGE = """\
{{% load static %}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{{% static 'outbox/events.css' %}}">
</head>
<body>
<main>
{{% verbatim %}}
{body}
{{% endverbatim %}}
</main>
</body>
</html>
"""


def page() -> str:
    api = yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text())
    parts = [*head(api["info"]), *places(api["channels"]), *who(api["operations"]), *fields(), *messages(api)]
    return PAGE.format(title=escape(api["info"]["title"]), body="\n".join(parts))


def head(info: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h1>{escape(info['title'])}</h1>"
    yield from (f"<p>{prose(text)}</p>" for text in info["description"].split("\n\n"))
    yield '<nav><a href="#where">Where</a> <a href="#who">Who</a> <a href="#what">What</a> '
    yield '<a href="#examples">Examples</a> <a href="../docs">REST</a></nav>'


def places(channels: Mapping[str, Any]) -> Iterator[str]:
    yield '<h2 id="where">Where they are</h2>'
    yield from table(
        ("address", "is", "says"),
        ((code(c["address"]), escape(kind(c)), prose(c["description"])) for c in channels.values()),
    )


def kind(channel: Mapping[str, Any]) -> str:
    if "bindings" not in channel:
        return "HTTP: POST"
    return "queue" if "amqp" in channel["bindings"] else "routing key of the exchange catalogue.events"


def who(operations: Mapping[str, Any]) -> Iterator[str]:
    yield '<h2 id="who">Who does what</h2>'
    yield from table(
        ("who", "does", "operation"),
        (
            (escape(o["x-application"]), prose(f"{o['summary']} {o.get('description', '')}"), code(name))
            for name, o in operations.items()
        ),
    )


def fields() -> Iterator[str]:
    envelope = json.loads((CONTRACT / "envelope.schema.json").read_text())
    product = json.loads((CONTRACT / "product.v1.schema.json").read_text())
    yield '<h2 id="what">What an event says</h2>'
    yield f"<p>{prose(envelope['description'])}</p>"
    yield from members(envelope["$defs"]["attributes"])
    yield "<h3>data: the whole product</h3>"
    yield from members(product)


def members(schema: Mapping[str, Any]) -> Iterator[str]:
    def row(name: str, member: Mapping[str, Any]) -> tuple[str, str, str]:
        kinds = member.get("type", "")
        optional = "" if name in schema["required"] else ", may be missing"
        return code(name), escape(kinds if isinstance(kinds, str) else " or ".join(kinds)) + optional, said(member)

    yield from table(("member", "type", "is"), (row(name, member) for name, member in schema["properties"].items()))


def said(member: Mapping[str, Any]) -> str:
    choices = member.get("enum") or ([member["const"]] if "const" in member else [])
    return prose(member["description"]) + "".join(f"<br>{code(str(choice))}" for choice in choices)


def messages(api: Mapping[str, Any]) -> Iterator[str]:
    yield '<h2 id="examples">Examples</h2>'
    for message in api["components"]["messages"].values():
        for example in message.get("examples", ()):
            payload = example["payload"]
            if "$ref" in payload:
                payload = json.loads((CONTRACT / payload["$ref"]).read_text())
            yield f"<h3>{escape(message['title'])}: {escape(example.get('summary', example['name']))}</h3>"
            yield f"<pre><code>{escape(json.dumps(payload, indent=2, ensure_ascii=False))}</code></pre>"


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "<table>"
    yield f"<tr>{''.join(f'<th>{name}</th>' for name in heads)}</tr>"
    yield from (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    yield "</table>"


def prose(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


if __name__ == "__main__":
    sys.stdout.write(page())

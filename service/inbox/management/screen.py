"""Where commands write: tables and a bar on a terminal, tab-separated lines where a program reads."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from inbox.printable import printable


class Screen:
    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._console = Console() if out.isatty() else None

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        if self._console is None:
            for row in [columns, *cells]:
                self._out.write("\t".join(row))
            return
        table = Table(*columns)
        for row in cells:
            table.add_row(*map(Text, row))  # as Text: rich would read brackets in a str as markup
        self._console.print(table)

    def line(self, *cells: object) -> None:
        text = "\t".join(printable(str(cell)) for cell in cells)
        if self._console is None:
            self._out.write(text)
        else:
            self._console.print(Text(text.replace("\t", "  ")))

    @contextlib.contextmanager
    def bar(self, title: str, total: int) -> Iterator[Callable[[], object]]:
        """Gives what to call when one more is done."""
        if self._console is None:
            yield lambda: None
            return
        with Progress(console=self._console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda: progress.advance(task)

"""Where commands write: tables and bars on a terminal, tab-separated lines where a program reads."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from config.printable import printable
from django.core.management.base import OutputWrapper
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text


class Screen:
    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self.console = Console(highlight=False) if out.isatty() else None  # None: a program reads

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        if self.console is None:
            for row in [columns, *cells]:
                self._out.write("\t".join(row))
            return
        table = Table(*columns)
        for row in cells:
            table.add_row(*map(Text, row))  # as Text: rich would read brackets in a str as markup
        self.console.print(table)

    def line(self, *cells: object) -> None:
        text = "\t".join(printable(str(cell)) for cell in cells)
        if self.console is None:
            self._out.write(text)
        else:
            self.console.print(Text(text.replace("\t", "  ")))

    def show(self, seen: RenderableType, *, plain: Iterable[str]) -> None:
        """One or the other: what a person sees, or the same as lines of text. Both are made printable already."""
        if self.console is not None:
            self.console.print(seen, soft_wrap=isinstance(seen, Text))  # a line: the terminal breaks it
            return
        for line in plain:
            self._out.write(line)

    @contextlib.contextmanager
    def bar(self, title: str, total: int) -> Iterator[Callable[[], object]]:
        """Gives what to call when one more is done."""
        if self.console is None:
            yield lambda: None
            return
        with Progress(console=self.console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda: progress.advance(task)

    @contextlib.contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """While something is waited for; a program is told nothing."""
        with self.console.status(Text(text)) if self.console else contextlib.nullcontext():
            yield

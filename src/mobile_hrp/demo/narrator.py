"""Tells the story in the terminal: chapters, tables, a timeline."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table


class Narrator:
    """Writes to a rich console; works as well when the output is a file or a CI log."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self._started = time.perf_counter()
        self._events: list[tuple[float, str]] = []

    def title(self, text: str, subtitle: str) -> None:
        self.console.print(Panel(subtitle, title=text, border_style="cyan", expand=False))

    def chapter(self, number: int, text: str) -> None:
        self.console.print(f"\n[bold cyan]{number}. {text}[/]")
        self.mark(text)

    def say(self, text: str) -> None:
        self.console.print(f"   {text}")

    def done(self, text: str) -> None:
        self.console.print(f"   [green]✓[/] {text}")

    def note(self, text: str) -> None:
        self.console.print(f"   [yellow]![/] {text}")

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show that something takes a moment, then how long it took."""
        started = time.perf_counter()
        if self.console.is_terminal:
            with self.console.status(f"{text} …"):
                yield
        else:
            yield
        self.done(f"{text} [dim]({time.perf_counter() - started:.1f} s)[/]")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.console.print(f"   [bold]{title}[/]")
        table = Table()
        for index, column in enumerate(columns):
            table.add_column(column, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def budget(self, title: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """The five figures before and after, and what changed."""
        labels = {
            "approved": "批复 approved",
            "adjusted": "调整 adjusted",
            "frozen": "冻结 frozen",
            "occupied": "占用 occupied",
            "executed": "执行 executed",
            "available": "可用 available",
        }
        rows = [
            (
                label,
                before[key],
                f"[bold]{after[key]}[/]" if before[key] != after[key] else after[key],
            )
            for key, label in labels.items()
        ]
        self.table(title, ("", "before", "after"), rows)

    def mark(self, text: str) -> None:
        self._events.append((time.perf_counter() - self._started, text))

    def timeline(self) -> None:
        self.console.print("\n   [bold]时间线 timeline[/]")
        table = Table(show_header=False)
        for moment, text in self._events:
            table.add_row(f"{moment:6.1f} s", text)
        self.console.print(table)

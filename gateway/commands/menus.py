"""`voicepact menus`: check every screen of the menus, and draw their map."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.progress import Progress

from gateway.commands.startup import StartError, read_settings
from gateway.commands.terminal import echo
from gateway.settings import Settings
from menus.paging import Budget

menus = App(name="menus", help="The menus: check every screen in every state and language, and draw the map.")


@menus.command
def check(*, budget: Sequence[str] = ()) -> None:
    """Check every screen in every state and language, and print what is wrong. Exits with 1 if anything is.

    Parameters
    ----------
    budget: a network's budget as SEPTETS/UNITS, such as 182/80; may be given again. Without it: those of the settings.
    """
    from menus.checking import CASES  # noqa: PLC0415 - the other commands start quicker without the checker
    from menus.checking import check as check_menus  # noqa: PLC0415 - the other commands start quicker

    budgets = _budgets(read_settings(), tuple(map(_parse_budget, budget)))
    with _progress(len(CASES.inputs)) as on_progress:
        report = check_menus(budgets=budgets, on_progress=on_progress)
    for line in report.lines():
        echo(line)
    if not report.is_clean:
        sys.exit(1)


@menus.command(name="map")
def map_(*, mermaid: Path | None = None) -> None:
    """Draw the map of the menus from their code, as Mermaid text on the screen or into a file.

    Parameters
    ----------
    mermaid: a file for the Mermaid text. With the ending .md a page: only the Mermaid block in it is replaced.
    """
    from menus.map.diagram import draw_map, to_mermaid, update_page  # noqa: PLC0415 - the other commands start quicker

    drawn = draw_map()
    if mermaid is None:
        echo(to_mermaid(drawn).rstrip())
        return
    try:
        page = mermaid.read_text(encoding="utf-8") if mermaid.suffix == ".md" and mermaid.exists() else ""
        text = update_page(page, drawn) if mermaid.suffix == ".md" else to_mermaid(drawn)
        mermaid.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise StartError(f"--mermaid: {mermaid} cannot be written: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise StartError(f"--mermaid: {mermaid} is no page in UTF-8") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """What to call with the name of each sample input once it is checked: it moves a bar on a terminal, and writes a
    line where there is none. Both go to stderr, so that stdout has the report only."""
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("checking the menus", total=total)

        def on_progress(name: str) -> None:
            bar.update(task, advance=1, description=f"checked: {name}")
            if not errors.is_terminal:
                sys.stderr.write(f"checked {bar.tasks[task].completed:.0f} of {total}: {name}\n")

        yield on_progress


def _budgets(settings: Settings, sizes: Sequence[tuple[int, int]]) -> tuple[Budget, ...]:
    """The budgets of every USSD provider and network; with `sizes` (septets, units): these, for every USSD provider."""
    from gateway.ussd.budgets import screen_budgets  # noqa: PLC0415 - the other commands start quicker
    from gateway.wiring import make_configured_providers  # noqa: PLC0415 - the other commands start quicker

    budgets = screen_budgets(settings, make_configured_providers(settings)).values()
    if sizes:
        return tuple(Budget(by_network[""].prefix, *size) for by_network in budgets for size in sizes)
    return tuple(budget for by_network in budgets for budget in by_network.values())


def _parse_budget(text: str) -> tuple[int, int]:
    septets, _, units = text.partition("/")
    try:
        return int(septets), int(units)
    except ValueError:
        raise StartError(f"--budget {text}: should be SEPTETS/UNITS, such as 160/70") from None

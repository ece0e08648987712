"""`voicepact menus`: check the menus like a program, and draw their map."""

import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.progress import Progress

from gateway.commands.startup import said
from gateway.settings import load_settings
from menus.paging import Budget

menus = App(name="menus", help="The menus: check every screen in every state and language, and draw the map.")


@menus.command
def check(*, budget: Sequence[str] = ()) -> None:
    """Walk every screen in every state, in every language, and say what is wrong. Exits with 1 if anything is.

    Parameters
    ----------
    budget: a network's budget as SEPTETS/UNITS, such as 182/80; may be given again. Without it: those of the settings.
    """
    from menus.checking import CASES  # noqa: PLC0415 - the other commands start quicker without the checker
    from menus.checking import check as check_menus  # noqa: PLC0415 - the other commands start quicker

    budgets = tuple(map(_budget, budget)) or _budgets_of_the_settings()
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True) as progress:
        bar = progress.add_task("walking the menus", total=len(CASES.inputs))
        report = check_menus(
            budgets=budgets,
            on_progress=lambda sample: progress.update(bar, advance=1, description=f"walked: {sample}"),
        )
    for line in report.lines():
        said(line)
    if not report.is_clean:
        sys.exit(1)


@menus.command(name="map")
def map_(*, svg: Path | None = None, mermaid: Path | None = None) -> None:
    """Draw the menus from the code: as Mermaid text on the screen, or into files.

    Parameters
    ----------
    svg: a file for the picture.
    mermaid: a file for the Mermaid text; with the ending .md a page that shows it.
    """
    from menus.map.diagram import draw_map, to_mermaid, to_page  # noqa: PLC0415 - the other commands start quicker
    from menus.map.svg import to_svg  # noqa: PLC0415 - the other commands start quicker

    drawn = draw_map()
    if svg:
        svg.write_text(to_svg(drawn), encoding="utf-8")
    if mermaid:
        picture = svg.name if svg else "menus.svg"
        text = to_page(drawn, picture) if mermaid.suffix == ".md" else to_mermaid(drawn)
        mermaid.write_text(text, encoding="utf-8")
    if not (svg or mermaid):
        said(to_mermaid(drawn).rstrip())


def _budgets_of_the_settings() -> tuple[Budget, ...]:
    settings = load_settings()
    usual = Budget(settings.screen_septets, settings.screen_units)
    own = (Budget(septets, settings.screen_units) for septets in settings.network_septets.values())
    return tuple(dict.fromkeys((usual, *own)))


def _budget(text: str) -> Budget:
    septets, _, units = text.partition("/")
    try:
        return Budget(int(septets), int(units))
    except ValueError:
        raise SystemExit(f"voicepact: --budget {text}: should be SEPTETS/UNITS, such as 160/70") from None

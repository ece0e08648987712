"""A page and the prefix that its provider writes in front of it fit the budget of the network together."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, Final

import pytest

import gateway.providers
import menus.checking
from gateway.commands.menus import check
from gateway.events import HttpReply, UssdReply
from gateway.providers.africastalking import AfricasTalking
from gateway.ussd.budgets import budget_for
from menus.gsm7 import septets
from menus.paging import Budget
from tests.service import open_service

PREFIX: Final = "THE CALL GOES ON: "
CALLER: Final = "+254712345678"


class WordyProvider(AfricasTalking):
    """Africa's Talking, but with a longer prefix."""

    ussd_prefix: ClassVar[str] = PREFIX  # type: ignore[misc]

    def render_ussd(self, reply: UssdReply) -> HttpReply:
        return HttpReply("text/plain; charset=utf-8", (PREFIX + reply.text).encode())


@pytest.fixture
def wordy_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the only USSD provider be one with a longer prefix."""
    monkeypatch.setattr(gateway.providers, "PROVIDERS", {"africastalking": WordyProvider})


@pytest.mark.usefixtures("wordy_provider")
async def test_a_page_leaves_room_for_the_prefix_of_its_provider(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        pages = []
        for typed in ("6", "6*98"):  # Help, then More
            form = {"sessionId": "s", "phoneNumber": CALLER, "serviceCode": "*483#", "networkCode": "1", "text": typed}
            answer = await service.edge.hook("ussd", form)
            pages.append(answer.body.decode())
    assert all(page.startswith(PREFIX) for page in pages)
    assert max(map(septets, pages)) <= 160


def test_a_network_may_have_a_budget_of_its_own() -> None:
    budgets = {"wordy": {"": Budget(PREFIX), "63902": Budget(PREFIX, 182)}, "africastalking": {"": Budget("CON ")}}
    assert budget_for(budgets, "wordy", "63902") == Budget(PREFIX, 182)
    assert budget_for(budgets, "wordy", "99999") == Budget(PREFIX)
    assert budget_for(budgets, "africastalking", "63902") == Budget("CON ")


@pytest.mark.parametrize(
    ("sizes", "budgets"),
    [
        pytest.param((), [(PREFIX, 160, 70), (PREFIX, 182, 70)], id="those of the settings"),
        pytest.param(("120/60",), [(PREFIX, 120, 60)], id="one that was asked for"),
    ],
)
@pytest.mark.usefixtures("wordy_provider")
def test_the_menus_are_checked_with_the_prefix_of_the_provider(
    sizes: Sequence[str], budgets: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Budget] = []

    def only_note(*, budgets: Sequence[Budget], **_: Any) -> SimpleNamespace:
        checked.extend(budgets)
        return SimpleNamespace(is_clean=True, lines=list)

    monkeypatch.setattr(menus.checking, "check", only_note)
    monkeypatch.setenv("NETWORK_SEPTETS", '{"63902": 182}')
    check(budget=sizes)
    assert [(budget.prefix, budget.septets, budget.units) for budget in checked] == budgets

"""What waits for a caller, where it is more than a screen lists: the screen says that there are more."""

from datetime import date

import pytest

from contracts.contract import Role, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.readings import ContractLine, OpenQuestions, Person
from menus.paging import Budget
from menus.screen import Caller
from menus.screens.home import home_page
from menus.screens.waiting import waiting
from menus.session import HOME, Session, render_page

CALLER = Caller(Msisdn("+254712345678"), "*483#", "KE", Currency.KES, date(2026, 11, 23))
LINES = tuple(
    ContractLine(str(n), Status.PENDING, "Maize", Money(100, Currency.KES), True, Role.BUYER) for n in range(20)
)


@pytest.mark.parametrize(("more_wait", "shown"), [(False, "My contracts (20)"), (True, "My contracts (20+)")])
def test_home_says_how_many_wait_or_that_there_are_more(more_wait: bool, shown: str) -> None:
    page = render_page(
        Session("en", (HOME,)), home_page(Person("en", waiting=20, more_wait=more_wait), CALLER), Budget("CON ")
    )
    assert shown in page.text


@pytest.mark.parametrize(("is_more", "shown"), [
    (False, "These wait for your answer:"), (True, "The newest that wait for your answer:"),
])  # fmt: skip
def test_a_dial_says_whether_all_that_waits_is_listed(is_more: bool, shown: str) -> None:
    drawn = waiting(CALLER, OpenQuestions(Person("en"), LINES, is_more=is_more))
    assert render_page(Session("en", (HOME,)), drawn, Budget("CON ")).text.startswith(shown)

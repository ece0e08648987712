"""What a dial opens with when something waits for the caller: the open question, or the list of them."""

from contracts.contract import Contract
from contracts.readings import ContractLine, OpenQuestions, open_questions
from menus.phrases.contract_status import contract_line
from menus.screen import Caller, Go, Menu, Screen, choice, go, menu, screen
from menus.screens.contract import contract_page
from menus.screens.delivery import delivery_page
from menus.screens.home import home_page
from menus.translate import t


@screen("waiting", reads=open_questions)
def waiting(caller: Caller, found: OpenQuestions) -> Screen:
    """A new contract, a proposal, a reported delivery or a dispute that waits for this caller's word. Home once nothing
    waits."""
    if found.only:
        shown = _question(found.only, caller)
    elif found.lines:
        shown = menu(
            t("The newest that wait for your answer:") if found.is_more else t("These wait for your answer:"),
            *(choice(contract_line(line), _go_to(line)) for line in found.lines),
        )
    else:
        return home_page(found.person, caller)
    return menu(shown.body, *shown.choices, choice(t("Menu"), go("home")))


def _question(contract: Contract, caller: Caller) -> Menu:
    asks_receipt = contract.awaits_receipt_of(caller.msisdn) and not contract.waits_for(caller.msisdn)
    return delivery_page(contract, caller) if asks_receipt else contract_page(contract, caller)


def _go_to(line: ContractLine) -> Go:
    return go("delivery.one" if line.awaits_receipt else "contract", contract_id=line.contract_id)

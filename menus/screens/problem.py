"""Report a problem, and appeal against a decision. After a report a mediator decides, and time acts no more."""

from contracts.contract import Contract, Role, Status
from contracts.effects import Appeal, Complain
from contracts.fields.reference import spaced
from contracts.readings import ContractLine, contract_of, contracts_of
from menus import answers
from menus.phrases.contract_status import contract_line
from menus.refusal_texts import NO_SUCH_CONTRACT, refusal_end
from menus.screen import Caller, EffectResult, Screen, ask, begin, choice, end, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import t

_UNDER_WAY = (Status.CONFIRMED, Status.ACTIVE)


@screen("problem", reads=contracts_of)
def problem(caller: Caller, found: list[ContractLine]) -> Screen:
    """Contracts under way; and those in dispute, which lead to what can be done about the problem."""
    open_ones, disputed = _lines_under_way(found), [line for line in found if line.status is Status.DISPUTED]
    if not open_ones and not disputed:
        return menu(t("No contract of yours is confirmed by all and under way."))
    return menu(
        t("A problem with which contract?"),
        *(choice(contract_line(line), begin("problem.words", contract_id=line.contract_id)) for line in open_ones),
        *(choice(contract_line(line), go("contract", contract_id=line.contract_id)) for line in disputed),
    )


@screen("problem.words")
def words(caller: Caller, contract_id: str) -> Screen:
    return ask(
        t("What is the problem? Say it in a few words."),
        answers.problem,
        keep_as="problem",
        then=go("problem.check", contract_id=contract_id),
    )


@screen("problem.check", reads=contract_of)
def check(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    problem_words = caller.answers["problem"]
    return menu(
        t("{reference}: {problem}. Report it? The other side reads it, and an arbiter decides.",
          reference=spaced(found.reference), problem=problem_words),
        choice(t("Report it"), with_pin(Complain(contract_id, problem_words), then="problem.reported")),
    )  # fmt: skip


@screen("problem.reported")
def reported(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(
        t(
            "Your problem with contract {reference} is reported. An arbiter decides; the SMS says by when.",
            reference=spaced(done.reference),
        )
    )


@screen("appeal")
def appeal(caller: Caller, contract_id: str) -> Screen:
    return ask(
        t("Why do you not accept the decision? Say it in a few words."),
        answers.objection,
        keep_as="objection",
        then=go("appeal.check", contract_id=contract_id),
    )


@screen("appeal.check")
def appeal_check(caller: Caller, contract_id: str) -> Screen:
    objection = caller.answers["objection"]
    return menu(
        t("{objection}. Appeal with these words? You can appeal once.", objection=objection),
        choice(t("Appeal"), with_pin(Appeal(contract_id, objection), then="appeal.made")),
    )


@screen("appeal.made")
def appealed(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(
        t(
            "You appealed on contract {reference}. An arbiter decides once more, and that is final.",
            reference=spaced(done.reference),
        )
    )


def _lines_under_way(found: list[ContractLine]) -> list[ContractLine]:
    """Return the contracts that everybody confirmed and that are not over, of which the caller is a buyer or seller."""
    return [line for line in found if line.status in _UNDER_WAY and line.role in (Role.BUYER, Role.SELLER)]

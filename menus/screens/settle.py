"""Both sides settle a dispute by themselves: one proposes how, and all others have to agree."""

from contracts.contract import Contract
from contracts.effects import Propose
from contracts.fields.reference import spaced
from contracts.proposal import Proposal, ProposalType
from contracts.readings import contract_of
from contracts.refusals import Refusal
from menus import answers
from menus.phrases.disputes import settlement_text
from menus.refusal_texts import NO_SUCH_CONTRACT, REFUSAL_TEXTS
from menus.screen import Caller, Screen, ask, begin, choice, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import t


@screen("settle")
def settle(caller: Caller, contract_id: str) -> Screen:
    return menu(
        t("How do you want to settle it? All others have to agree."),
        choice(t("It counts as completed"), go("settle.check", contract_id=contract_id, kind="complete")),
        choice(t("A part for each side"), begin("settle.share", contract_id=contract_id)),
        choice(t("Change or cancel"), go("change", contract_id=contract_id)),
    )


@screen("settle.share", reads=contract_of)
def share(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    return ask(
        t("How much of {total} does the seller get?", total=found.terms.total),
        answers.share,
        keep_as="share",
        then=go("settle.check", contract_id=contract_id, kind="split"),
    )


@screen("settle.check", reads=contract_of)
def check(caller: Caller, found: Contract | None, contract_id: str, kind: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    wanted = ProposalType(kind)
    split = caller.answers["share"] if wanted is ProposalType.SPLIT else None
    if split is not None and split >= found.terms.total.minor:
        return menu(REFUSAL_TEXTS[Refusal.NO_SHARE])
    settlement = settlement_text(found, Proposal(0, wanted, None, None, frozenset(), split))
    effect = Propose(contract_id, "split" if split is not None else "complete", None, split)
    return menu(
        t("{reference}: {settlement} Ask the others?", reference=spaced(found.reference), settlement=settlement),
        choice(t("Ask them"), with_pin(effect, then="change.asked")),
    )

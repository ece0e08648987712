"""A reported problem: what each side said, the other side's answer, taking it back, and the decision of the arbiter."""

from collections.abc import Iterator

from contracts.contract import Contract, Party, Role
from contracts.dispute import Decision
from contracts.effects import AnswerDispute, DecideDispute, WithdrawDispute
from contracts.fields.reference import spaced
from contracts.readings import contract_of
from contracts.refusals import Refusal
from menus import answers
from menus.office import office_values
from menus.phrases.dispute_outcomes import outcome_sentence
from menus.phrases.disputes import decider_text, report_text
from menus.phrases.party_names import display_name, display_names, parties_with_role
from menus.phrases.quoted_words import quoted
from menus.refusal_texts import NO_SUCH_CONTRACT, REFUSAL_TEXTS, refusal_end
from menus.screen import Caller, Choice, EffectResult, Screen, ask, begin, choice, end, go, menu, screen
from menus.screens.delivery import goods_text
from menus.screens.pin import with_pin
from menus.translate import Text, t

_WORDS_TO_DECIDE_BY = 500  # letters: the arbiter reads all that a party may write
_WORDS_TO_ANSWER_BY = 160


def dispute_text(contract: Contract, caller: Caller) -> Text | None:
    """Return the problem as a party reads it, and who decides by when; None if none waits for a decision."""
    dispute = contract.open_dispute
    if dispute is None:
        return None
    day = contract.deadline.at.astimezone(caller.zone).date() if contract.deadline else None
    decider = decider_text(contract, caller.msisdn, day, caller.office)
    report = report_text(contract, dispute, caller.msisdn, caller.office)
    if _is_arbiter(contract, caller):
        return t(
            "{goods} {seller} sells to {buyer}. {report} {decider}",
            goods=goods_text(contract), seller=_first_name(contract, Role.SELLER, caller),
            buyer=_first_name(contract, Role.BUYER, caller), decider=decider, report=report,
        )  # fmt: skip
    return t("{goods} {report} {decider}", goods=goods_text(contract), report=report, decider=decider)


def dispute_choices(contract: Contract, caller: Caller) -> tuple[Choice, ...]:
    """Return what this caller can do while the dispute waits for a decision."""
    me, dispute, contract_id = contract.party(caller.msisdn), contract.open_dispute, str(contract.id)
    if me is None or dispute is None:
        return ()
    said = choice(t("What was said"), go("dispute.said", contract_id=contract_id))
    if me.role is Role.MEDIATOR:
        return (choice(t("Decide"), go("dispute.decide", contract_id=contract_id)), said)
    if me.signature is None:
        return ()
    settles = () if contract.proposal else (choice(t("Settle it together"), go("settle", contract_id=contract_id)),)
    mine = dispute.status == "open" and dispute.opened_by == me.phone_id
    takes_back = (choice(t("Take it back"), go("dispute.withdraw", contract_id=contract_id)),) if mine else ()
    return (choice(t("Say your side"), begin("dispute.answer", contract_id=contract_id)), *settles, *takes_back, said)


@screen("dispute.said", reads=contract_of)
def said(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    """The words of both sides: in full for the arbiter."""
    if found is None or found.dispute is None:
        return menu(NO_SUCH_CONTRACT)
    longest = _WORDS_TO_DECIDE_BY if _is_arbiter(found, caller) else _WORDS_TO_ANSWER_BY
    lines = list(_lines(found, caller, longest))
    text = lines[0]
    for line in lines[1:]:
        text = t("{before} {next}", before=text, next=line)
    return menu(text)


@screen("dispute.answer")
def answer(caller: Caller, contract_id: str) -> Screen:
    return ask(
        t("What do you say about the problem? Say it in a few words."),
        answers.reply,
        keep_as="reply",
        then=go("dispute.answer.check", contract_id=contract_id),
    )


@screen("dispute.answer.check")
def answer_check(caller: Caller, contract_id: str) -> Screen:
    words = caller.answers["reply"]
    return menu(
        t("{words}. Send this to the others and the arbiter?", words=words.rstrip(".")),
        choice(t("Send it"), with_pin(AnswerDispute(contract_id, words), then="dispute.answered")),
    )


@screen("dispute.answered")
def answered(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(
        t("Your words about contract {reference} are kept. The others get them.", reference=spaced(done.reference))
    )


@screen("dispute.withdraw", reads=contract_of)
def withdraw(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    return menu(
        t("{reference}: take back the problem? The contract goes on as before.", reference=spaced(found.reference)),
        choice(t("Take it back"), with_pin(WithdrawDispute(contract_id), then="dispute.withdrawn")),
    )


@screen("dispute.withdrawn")
def withdrawn(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    return end(
        t("You took back the problem. Contract {reference} goes on; all get an SMS.", reference=spaced(done.reference))
    )


@screen("dispute.decide", reads=contract_of)
def decide(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    return menu(
        t("{goods} How do you decide?", goods=goods_text(found)),
        choice(t("It counts as completed"), begin("decide.reasons", contract_id=contract_id, decision="complete")),
        choice(t("It is cancelled"), begin("decide.reasons", contract_id=contract_id, decision="cancel")),
        choice(t("A part for each side"), begin("decide.share", contract_id=contract_id)),
    )


@screen("decide.share", reads=contract_of)
def share(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    return ask(
        t("How much of {total} does the seller get?", total=found.terms.total),
        answers.share,
        keep_as="share",
        then=go("decide.reasons", contract_id=contract_id, decision="split"),
    )


@screen("decide.reasons")
def reasons(caller: Caller, contract_id: str, decision: str) -> Screen:
    return ask(
        t("Why? Both sides read your reasons. Say it in a few words."),
        answers.reasons,
        keep_as="reasons",
        then=go("decide.check", contract_id=contract_id, decision=decision),
    )


@screen("decide.check", reads=contract_of)
def decide_check(caller: Caller, found: Contract | None, contract_id: str, decision: str) -> Screen:
    if found is None:
        return menu(NO_SUCH_CONTRACT)
    chosen, why = Decision(decision), caller.answers["reasons"]
    split = caller.answers["share"] if chosen is Decision.SPLIT else None
    if split is not None and split >= found.terms.total.minor:
        return menu(REFUSAL_TEXTS[Refusal.NO_SHARE])
    return menu(
        t("{outcome} Reasons: {reasons}.", outcome=outcome_sentence(chosen, split, found.terms),
          reasons=why.rstrip(".")),
        choice(t("Decide so"), with_pin(DecideDispute(contract_id, chosen.value, why, split), then="dispute.decided")),
    )  # fmt: skip


@screen("dispute.decided")
def decided(caller: Caller, result: EffectResult) -> Screen:
    done = result.contract
    if done is None:
        return refusal_end(result)
    if done.dispute and done.dispute.was_appealed:
        return end(
            t("You decided on contract {reference}, and that is final. All get an SMS.",
              reference=spaced(done.reference))
        )  # fmt: skip
    return end(
        t("You decided on contract {reference}. All get an SMS; each side may appeal once.",
          reference=spaced(done.reference))
    )  # fmt: skip


def _lines(contract: Contract, caller: Caller, longest: int) -> Iterator[Text]:
    assert contract.dispute, "the caller saw a dispute"
    said = (*contract.dispute.replies, *((contract.dispute.appeal,) if contract.dispute.appeal else ()))
    by_id = {party.phone_id: party for party in contract.parties}
    for by, words in (
        (contract.dispute.opened_by, contract.dispute.words),
        *((reply.by_id, reply.words) for reply in said),
    ):
        party = by_id.get(by)
        shown = quoted(words, longest) or "..."
        yield t("{by}: {words}.", by=_speaker(party, caller), words=shown.rstrip("."))


def _speaker(party: Party | None, caller: Caller) -> object:
    if party is None:
        return office_values(caller.office, caller.msisdn)["Office"]
    return t("You") if party.msisdn == caller.msisdn else display_name(party, caller.msisdn)


def _is_arbiter(contract: Contract, caller: Caller) -> bool:
    me = contract.party(caller.msisdn)
    return me is not None and me.role is Role.MEDIATOR


def _first_name(contract: Contract, role: Role, caller: Caller) -> object:
    return display_names(parties_with_role(contract, role)[:1], caller.msisdn)

"""A reported problem in a few sentences: who says what, who decides and by when, and how it was settled."""

from datetime import date

from contracts.contract import Contract, Role
from contracts.dispute import Decision, Dispute
from contracts.fields.msisdn import Msisdn
from contracts.proposal import Proposal, ProposalType
from menus.office import Office, with_office
from menus.phrases.dispute_outcomes import outcome_sentence
from menus.phrases.party_names import display_name, display_names, parties_with_role
from menus.phrases.quoted_words import quoted
from menus.translate import Text, t

WORDS_LETTERS = 80  # of a party's words in an SMS: with the sentence around them, two segments


def report_text(
    contract: Contract, dispute: Dispute, reader: Msisdn, office: Office, letters: int = WORDS_LETTERS
) -> Text:
    """Return who reported the problem, and in which words: the first `letters` of them, as far as they may be shown."""
    by = next((party for party in contract.parties if party.phone_id == dispute.opened_by), None)
    words = quoted(dispute.words, letters)
    if by is None:
        said = t('{Office} reports: "{words}".', words=words) if words else t("{Office} reports a problem.")
        return with_office(said, office, reader)
    if by.msisdn == reader:
        return t('You reported: "{words}".', words=words) if words else t("You reported a problem.")
    name = display_name(by, reader)
    return (
        t('{by} reports: "{words}".', by=name, words=words) if words else t("{by} reports a problem.", by=name)
    )  # fmt: skip


def decider_text(contract: Contract, reader: Msisdn, day: date | None, office: Office) -> Text:
    """Return who decides on the problem, and by which day."""
    arbiters = parties_with_role(contract, Role.MEDIATOR)
    if not arbiters:
        return with_office(t("{Office} names an arbiter, who decides by {day}.", day=day), office, reader)
    if any(party.msisdn == reader for party in arbiters):
        return t("You are the arbiter: please decide by {day}.", day=day)
    return t("The arbiter {arbiter} decides by {day}.", arbiter=display_names(arbiters[:1], reader), day=day)


def settlement_text(contract: Contract, proposal: Proposal) -> Text | None:
    """Return what a proposal settles a dispute with, as a sentence; None if it changes the terms."""
    if proposal.type is ProposalType.AMEND:
        return None
    return outcome_sentence(Decision(proposal.type.value), proposal.split_minor, contract.terms)

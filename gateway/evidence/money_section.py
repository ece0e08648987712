"""The section of a paper about money that waited with the service: every movement, with the receipt of its provider."""

from collections.abc import Iterator

from contracts.contract import Role
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.money_files import movements
from gateway.evidence.paper_lines import Fact, Head, Line, Remark
from gateway.evidence.speaker import Speaker
from menus.paper import money_texts as of
from menus.phrases.money import money_standing


def money_lines(record: EvidenceRecord, speaker: Speaker) -> Iterator[Line]:
    """Give nothing for a contract whose parties pay each other."""
    contract, say = record.contract, speaker.say
    if contract.terms.payment is None:
        return
    yield Head(say(of.HEAD))
    seller = next(party for party in contract.parties if party.role is Role.SELLER)
    if standing := money_standing(contract, seller.msisdn):
        yield Fact(say(of.STANDS), say(standing))
    for movement in movements(record):
        what = of.movement_text(movement.debit, movement.credit, movement.money)
        if movement.receipt and movement.rail:
            what = of.with_receipt(what, movement.receipt, movement.rail)
        yield Fact(speaker.moment(movement.at), say(what))
    yield Remark(say(of.AS_TOLD), 8)

"""What stands on the paper of a contract, section by section."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.contract import Party
from contracts.fields.languages import LANGUAGES
from contracts.proof.short_code import grouped
from gateway.evidence.as_of_section import as_of_lines, clerk_lines
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.money_section import money_lines
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.paper_lines import Fact, Head, Line, Remark, Shown
from gateway.evidence.speaker import Speaker, isolated
from menus.paper import headings as of
from menus.paper.answer_texts import answer_text
from menus.paper.as_of_texts import silence_text
from menus.paper.step_texts import OPERATOR, PINS, SERVICE, SOMEBODY, WAYS, by_way, person_text, step_text
from menus.phrases.money import payment_terms
from menus.translate import ProductOf, Text, t


def sections(record: EvidenceRecord, options: PackOptions, language: str) -> Sequence[Line]:
    """Return all lines below the heading."""
    speaker = Speaker(language, options.zone)
    report = _Sections(record, speaker)
    return [
        *report.terms(), *report.parties(), *as_of_lines(record, options, speaker), *clerk_lines(options, speaker),
        *report.steps(), *money_lines(record, speaker), *report.answers(),
    ]  # fmt: skip


class _Sections:
    def __init__(self, record: EvidenceRecord, speaker: Speaker) -> None:
        self._record, self._speaker, self._say = record, speaker, speaker.say
        self._people = {party.phone_id: party for party in record.contract.parties}
        self._void = {confirmation for revoked in record.revoked for confirmation in revoked.void}

    def terms(self) -> Iterator[Line]:
        say, contract, terms = self._say, self._record.contract, self._record.contract.terms
        if self._void:
            yield Remark(say(of.SOME_VOID), 11)
        goods = t(
            "{quantity} {product}", quantity=terms.quantity, product=ProductOf(isolated(terms.product), terms.quantity)
        )
        yield Head(say(of.AGREED))
        yield Fact(say(of.GOODS), say(goods))
        yield Fact(say(of.TOTAL), say(t("{total}", total=terms.total)))
        yield Fact(say(of.DELIVERY), say(t("{place}, {due}", place=isolated(terms.place), due=terms.due)))
        if payment := payment_terms(terms):
            yield Fact(say(of.PAYMENT), say(payment))
        yield Fact(say(of.SILENCE), say(silence_text(terms.silence_days)))
        if contract.clock_stopped_at:
            yield Fact("", say(of.CLOCK_STOPPED, since=self._speaker.moment(contract.clock_stopped_at)))
        yield Fact(say(of.TERMS), say(of.VERSION, n=contract.terms_version))
        if contract.code:
            yield Fact(say(of.CODE), f"{grouped(contract.code)}  ·  {say(of.CODE_LETTERS)}")

    def parties(self) -> Iterator[Line]:
        say = self._say
        yield Head(say(of.BETWEEN))
        for party in self._record.contract.parties:
            name = isolated(party.name) if party.name else say(of.NO_NAME)
            yield Fact(say(of.ROLES[party.role]), f"{name}, {party.msisdn}  ·  {say(of.SIGNATURES[party.signature])}")
            if self._is_void_answer(party):
                yield Fact("", say(of.VOID))
            yield Remark(f"party {party.phone_id}", 7, is_under_fact=True)

    def steps(self) -> Iterator[Line]:
        yield Head(self._say(of.HAPPENED))
        yield Remark(self._clock(), 8)
        for entry in self._record.actions:
            what = self._say(step_text(entry["action"], stops_clock=entry["clock"] == "stands"))
            yield Fact(self._speaker.moment(entry["at"]), f"{what}  ·  {self._by(entry)}")

    def answers(self) -> Iterator[Line]:
        say = self._say
        yield Head(say(of.ANSWERS))
        if not self._record.confirmations:
            yield Remark(say(of.NOBODY), 10)
        for row in self._record.confirmations:
            way = say(t("{way}", way=WAYS[row["channel"]]))
            language = LANGUAGES.get(row["language"])
            spoken = self._language_name(language.english_name, language.own_name) if language else row["language"]
            answer = f"{self._who(row['phone_id'])}: {say(answer_text(row, self._record.contract.terms))}"
            moment = self._speaker.moment(row["answered_at"])
            pin = say(PINS[row["pin"]]) if row["pin"] in PINS else ""
            yield Fact(moment, f"{answer}  ·  {', '.join(filter(None, (way, spoken, pin)))}")
            if row.get("id") in self._void:
                yield Remark(say(of.VOID), 8, is_under_fact=True)
            for text in row["texts"] if row["texts"] is not None else [say(of.ERASED)]:
                yield Shown(text)
            if row["words"] is not None:
                yield Shown(f"“{row['words']}”")

    def _is_void_answer(self, party: Party) -> bool:
        """Whether an answer of the party to terms does not count."""
        return any(
            row.get("id") in self._void and row["phone_id"] == party.phone_id and row["subject"] == "terms"
            for row in self._record.confirmations
        )

    def _language_name(self, english_name: str, own_name: str) -> str:
        return english_name if self._speaker.language == "en" else own_name

    def _who(self, phone_id: Any) -> str:
        return self._say(self._person(phone_id) if phone_id else OPERATOR)

    def _person(self, phone_id: Any) -> Text:
        party: Party | None = self._people.get(phone_id)
        return person_text(party.role, isolated(party.name) if party.name else party.msisdn) if party else SOMEBODY

    def _by(self, entry: Mapping[str, Any]) -> str:
        if entry["actor_id"]:
            return self._say(by_way(self._person(entry["actor_id"]), entry["channel"]))
        return self._say(OPERATOR if entry["channel"] == "api" else SERVICE)

    def _clock(self) -> str:
        """Return the name of the time zone, and its offsets from UTC at the times on the page."""
        zone = self._speaker.zone
        moments = [entry["at"] for entry in self._record.entries] or [self._record.contract.created_at]
        offsets = {moment.astimezone(zone).strftime("%z") for moment in moments}
        first, *others = (f"UTC{one[0]}{int(one[1:3])}:{one[3:]}".removesuffix(":00") for one in sorted(offsets))
        spelled = first
        for other in others:
            spelled = self._say(of.AND, one=spelled, other=other)
        return self._say(of.TIMES, zone=zone.key, offsets=spelled)

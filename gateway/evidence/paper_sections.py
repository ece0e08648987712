"""What stands on the paper of a contract, section by section, as lines that know nothing of a PDF."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from contracts.contract import Party
from contracts.fields.languages import LANGUAGES
from contracts.proof.short_code import grouped
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.paper_words import CHANNELS, answer_text, step_text
from menus.translate import t, translate
from values.frozen import Frozen, Hidden


class Head(Frozen):
    """The title of a section."""

    text: str


class Fact(Frozen):
    """A text behind its label or its time."""

    label: str
    text: Hidden[str]


class Remark(Frozen):
    """A grey line. `size` is in points; `is_under_fact`: below the text of a fact, not below its label."""

    text: str
    size: int
    is_under_fact: bool = False


class Shown(Frozen):
    """A screen or a message as it was shown, or the words that somebody wrote."""

    text: Hidden[str]


Line = Head | Fact | Remark | Shown


def sections(record: EvidenceRecord, zone: ZoneInfo) -> Sequence[Line]:
    """Return all lines below the heading. `zone` is that of their times."""
    report = _Sections(record, zone)
    return [*report.terms(), *report.parties(), *report.steps(), *report.answers()]


def strings_in(line: Line) -> Sequence[str]:
    """Return every text of a line."""
    return (line.label, line.text) if isinstance(line, Fact) else (line.text,)


class _Sections:
    def __init__(self, record: EvidenceRecord, zone: ZoneInfo) -> None:
        self._record, self._zone = record, zone
        self._people = {party.phone_id: party for party in record.contract.parties}

    def terms(self) -> Iterator[Line]:
        contract, terms = self._record.contract, self._record.contract.terms
        product, place = _isolated(terms.product), _isolated(terms.place)
        yield Head("What was agreed")
        yield Fact("Goods", translate(t("{quantity} {product}", quantity=terms.quantity, product=product), "en"))
        yield Fact("Total", translate(t("{total}", total=terms.total), "en"))
        yield Fact("Delivery", translate(t("{place}, {due}", place=place, due=terms.due), "en"))
        yield Fact("Silence", f"{terms.silence_days} days after the seller says delivered count as received")
        if contract.clock_stopped_at:
            since = self._moment(contract.clock_stopped_at)
            yield Fact("", f"does not count since {since}: a party wrote or asked, and an answer is awaited")
        yield Fact("Terms", f"version {contract.terms_version}")
        if contract.code:
            yield Fact("Code", f"{grouped(contract.code)}  ·  the letters in the SMS that all have confirmed")

    def parties(self) -> Iterator[Line]:
        yield Head("Between")
        for party in self._record.contract.parties:
            signed = {None: "is not asked", "pending": "has not answered"}.get(party.signature, str(party.signature))
            name = _isolated(party.name) if party.name else "no name given"
            yield Fact(party.role.value.capitalize(), f"{name}, {party.msisdn}  ·  {signed}")
            yield Remark(f"party {party.phone_id}", 7, is_under_fact=True)

    def steps(self) -> Iterator[Line]:
        yield Head("What happened")
        yield Remark(self._clock(), 8)
        for entry in self._record.actions:
            yield Fact(self._moment(entry["at"]), f"{step_text(entry)}  ·  {self._by(entry)}")

    def answers(self) -> Iterator[Line]:
        yield Head("Who said what, and what they were shown")
        if not self._record.confirmations:
            yield Remark("Nobody has answered yet.", 10)
        for row in self._record.confirmations:
            language = LANGUAGES.get(row["language"])
            ways = [CHANNELS[row["channel"]], language.english_name if language else row["language"]]
            who = self._who(row["phone_id"]) if row["phone_id"] else "the operator"
            answer = f"{who}: {answer_text(row, self._record.contract)}"
            yield Fact(self._moment(row["answered_at"]), f"{answer}  ·  {', '.join(filter(None, ways))}")
            for text in row["texts"] if row["texts"] is not None else ["(the texts were erased with a person)"]:
                yield Shown(text)
            if row["words"] is not None:
                yield Shown(f"“{row['words']}”")

    def _who(self, phone_id: Any) -> str:
        party: Party | None = self._people.get(phone_id)
        if not party:
            return "somebody"
        return f"{party.role.value} {_isolated(party.name) if party.name else party.msisdn}"

    def _by(self, entry: Mapping[str, Any]) -> str:
        channel = CHANNELS.get(entry["channel"], entry["channel"])
        if entry["actor_id"]:
            return f"{self._who(entry['actor_id'])}, by {channel}"
        return "the operator" if entry["channel"] == "api" else "the service"

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%d %b %Y %H:%M}"

    def _clock(self) -> str:
        """Return the name of the time zone, and its offsets from UTC at the times on the page."""
        moments = [entry["at"] for entry in self._record.entries] or [self._record.contract.created_at]
        offsets = {moment.astimezone(self._zone).strftime("%z") for moment in moments}
        spelled = (f"UTC{one[0]}{int(one[1:3])}:{one[3:]}".removesuffix(":00") for one in sorted(offsets))
        return f"Times are {self._zone.key} ({' and '.join(spelled)})"


def _isolated(text: str) -> str:
    """Return a text of a person for the middle of a line. An Arabic name would else draw the number behind it before
    itself, as one text from right to left. Unicode's marks for it: first strong isolate, pop directional isolate."""
    return f"\u2068{text}\u2069" if any(bidirectional(letter) in ("R", "AL") for letter in text) else text

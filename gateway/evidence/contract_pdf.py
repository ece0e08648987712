"""contract.pdf: the contract for people to read. All of it is in the other files of the pack too."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import segno
from fpdf import FPDF
from fpdf.enums import TextMode, XPos, YPos
from fpdf.fonts import TTFFont
from fpdf.util import Padding

from contracts.contract import Contract, Party
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Money
from contracts.fields.reference import spaced
from contracts.proof.canonical import sha256_hex
from gateway.evidence.evidence_record import EvidenceRecord
from menus.translate import t, translate
from values.frozen import Frozen

# No single Noto file has all our languages, and making a bold instance of a variable font takes half a minute. So only
# the regular weight is used, and bold text is drawn with an outline.
_SANS = files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf"
_ETHIOPIC = files("justmytype_intl_africa") / "fonts/ofl/notosansethiopic/NotoSansEthiopic[wdth,wght].ttf"

_INK, _GREY, _LINE = (25, 32, 40), (105, 115, 125), (215, 220, 225)
_LEFT, _WIDTH, _LABEL = 20.0, 170.0, 38.0
_QR_MM = 34.0
_CHANNELS: Final[Mapping[str, str]] = {
    "ussd": "USSD", "sms": "SMS", "voice": "call", "api": "the operator's program"
}  # fmt: skip

_OTHER_ANSWERS: Final[Mapping[str, str]] = {
    "complain": "reported a problem",
    "reply": "said about the problem",
    "withdraw": "took the problem back",
    "appeal": "appealed",
    "wrote": "wrote, which is no receipt",
    "stop_clock": "wrote down what a party said",
    "start_clock": "let silence count again, because",
}

# The actions of the audit in words. An action that is not here is shown by its own name.
_ACTION_TEXTS: Final[Mapping[str, str]] = {
    "contract.made": "made the contract",
    "contract.confirm": "said yes",
    "contract.decline": "said no",
    "contract.amended": "new terms took effect",
    "contract.confirmed": "confirmed by all",
    "contract.active": "begun",
    "contract.completed": "completed",
    "contract.cancelled": "cancelled",
    "contract.expired": "expired",
    "contract.disputed": "in dispute",
    "proposal.made": "asked the others to change or end it",
    "proposal.confirm": "said yes to the request",
    "proposal.decline": "said no to the request",
    "proposal.withdrawn": "took the request back",
    "delivery.said": "said that it is delivered",
    "delivery.received": "said what was received",
    "delivery.reported": "reported a delivery",
    "delivery.questioned": "wrote about the delivery: silence does not count",
    "clock.stopped": "wrote down what a party said: silence does not count",
    "clock.started": "looked at it: silence counts again",
    "party.asked": "asked a party once more",
    "dispute.opened": "reported a problem",
    "dispute.answered": "said something about the problem",
    "dispute.withdrawn": "took the problem back",
    "dispute.settled": "settled, as all agreed",
    "dispute.mediator": "mediator named",
    "dispute.decided": "decision of the mediator",
    "contract.resumed": "goes on after the problem",
    "dispute.appealed": "appealed against the decision",
    "time.remind_answer": "reminded of the answer",
    "time.remind_delivery": "reminded of the delivery",
    "time.remind_expiry": "reminded that it expires",
    "time.remind_receipt": "reminded to say what was received",
    "time.remind_rest": "reminded of the rest",
    "time.expire": "its time was over",
    "time.complete": "silence counted as received",
    "time.complete_part": "silence counted as received, in part",
    "time.close_dispute": "the decision stands",
    "time.escalate_dispute": "nobody had decided; all were told",
}


class PdfOptions(Frozen):
    """`verify_url`: the address in the QR code; `zone`: the time zone of all times."""

    verify_url: str
    zone: ZoneInfo


def draw_pdf(record: EvidenceRecord, options: PdfOptions) -> bytes:
    """Return the PDF: the same bytes for the same record."""
    page = _Paper(record, options)
    page.heading()
    page.terms()
    page.parties()
    page.steps()
    page.answers()
    return bytes(page.output())


class _Paper(FPDF):
    def __init__(self, record: EvidenceRecord, options: PdfOptions) -> None:
        super().__init__(format="A4")
        self._record, self._options = record, options
        self._people = {party.phone_id: party for party in record.contract.parties}
        self.set_creation_date(record.entries[-1]["at"] if record.entries else record.contract.created_at)
        self.set_title(f"VoicePact contract {record.contract.reference}")
        self.add_font("Sans", "", str(_SANS))
        self.add_font("Ethiopic", "", str(_ETHIOPIC))
        self.set_fallback_fonts(["Ethiopic"], exact_match=False)
        fonts = (font for font in self.fonts.values() if isinstance(font, TTFFont))
        self._drawable = {ord("\n"), ord("\r")}.union(*(font.cmap for font in fonts))
        self._has_codes = False
        self.set_margins(_LEFT, 18, _LEFT)
        self.set_auto_page_break(True, 24)
        self.add_page()

    def normalize_text(self, text: str) -> str:
        """Return what can be drawn: a letter that no font here has becomes its Unicode number, [U+1F33D]. Every text on
        the paper goes through this."""
        if self._drawable.issuperset(map(ord, text)):
            return str(text)
        self._has_codes = True
        return "".join(letter if ord(letter) in self._drawable else f"[U+{ord(letter):04X}]" for letter in text)

    def footer(self) -> None:
        self.set_y(-20)
        self._style(7, _GREY)
        if self._has_codes:
            self._row("[U+...] is a letter that this paper cannot draw, by its Unicode number; contract.json has it.")
        self._row(f"Contract {spaced(self._record.contract.reference)}   SHA-256 of contract.json: {self._sha256}")
        self._row(f"Page {self.page_no()} of {{nb}}")

    def heading(self) -> None:
        contract, top = self._record.contract, self.get_y()
        self._qr(_LEFT + _WIDTH - _QR_MM, top)
        self._style(9, _GREY)
        self._row("VoicePact  ·  what is kept of an agreement by phone")
        self._style(22, _INK, heavy=True)
        self._row(f"Contract {spaced(contract.reference)}", 12)
        self._style(11, _INK)
        self._row(f"{contract.status.value.capitalize()}  ·  {contract.type.value.replace('_', ' ')}", 7)
        self._style(8, _GREY)
        note = "Scan to ask whether this is on record. What counts is contract.json; this page is made from it."
        self.multi_cell(_WIDTH - _QR_MM - 8, 4, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.get_y(), top + _QR_MM + 2))

    def terms(self) -> None:
        contract, terms = self._record.contract, self._record.contract.terms
        self._head("What was agreed")
        self._fact("Goods", translate(t("{quantity} {product}", quantity=terms.quantity, product=terms.product), "en"))
        self._fact("Total", translate(t("{total}", total=terms.total), "en"))
        self._fact("Delivery", translate(t("{place}, {due}", place=terms.place, due=terms.due), "en"))
        self._fact("Silence", f"{terms.silence_days} days after the seller says delivered count as received")
        if contract.clock_stopped_at:
            since = self._moment(contract.clock_stopped_at)
            self._fact("", f"does not count since {since}: a party wrote or asked, and an answer is awaited")
        self._fact("Terms", f"version {contract.terms_version}")

    def parties(self) -> None:
        self._head("Between")
        for party in self._record.contract.parties:
            signed = {None: "is not asked", "pending": "has not answered"}.get(party.signature, str(party.signature))
            self._fact(party.role.value.capitalize(), f"{party.name or 'no name given'}, {party.msisdn}  ·  {signed}")
            self._note(f"party {party.phone_id}")

    def steps(self) -> None:
        self._head("What happened")
        self._style(8, _GREY)
        self._row(self._clock())
        for entry in self._record.entries:
            action = entry["action"]
            what = _ACTION_TEXTS.get(action, action.replace(".", " ").replace("_", " "))
            what = what[0].upper() + what[1:]
            if entry["clock"] == "stands":
                what += ": silence does not count"
            self._fact(self._moment(entry["at"]), f"{what}  ·  {self._by(entry)}")

    def answers(self) -> None:
        self._head("Who said what, and what they were shown")
        if not self._record.confirmations:
            self._style(10, _GREY)
            self._row("Nobody has answered yet.")
        for row in self._record.confirmations:
            language = LANGUAGES.get(row["language"])
            ways = [_CHANNELS[row["channel"]], language.english_name if language else row["language"]]
            who = self._who(row["phone_id"]) if row["phone_id"] else "the operator"
            answer = f"{who}: {_answer_text(row, self._record.contract)}"
            self._fact(self._moment(row["answered_at"]), f"{answer}  ·  {', '.join(filter(None, ways))}")
            for text in row["texts"] if row["texts"] is not None else ["(the texts were erased with a person)"]:
                self._shown(text)
            if row["words"] is not None:
                self._shown(f"“{row['words']}”")

    @property
    def _sha256(self) -> str:
        return sha256_hex(self._record.form)

    def _who(self, phone_id: Any) -> str:
        party: Party | None = self._people.get(phone_id)
        return f"{party.role.value} {party.name or party.msisdn}" if party else "somebody"

    def _by(self, entry: Mapping[str, Any]) -> str:
        channel = _CHANNELS.get(entry["channel"], entry["channel"])
        if entry["actor_id"]:
            return f"{self._who(entry['actor_id'])}, by {channel}"
        return "the operator" if entry["channel"] == "api" else "the service"

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._options.zone):%d %b %Y %H:%M}"

    def _clock(self) -> str:
        """Return the name of the time zone, and its offsets from UTC at the times on the page."""
        moments = [entry["at"] for entry in self._record.entries] or [self._record.contract.created_at]
        offsets = {moment.astimezone(self._options.zone).strftime("%z") for moment in moments}
        spelled = (f"UTC{one[0]}{int(one[1:3])}:{one[3:]}".removesuffix(":00") for one in sorted(offsets))
        return f"Times are {self._options.zone.key} ({' and '.join(spelled)})"

    def _style(self, size: float, colour: tuple[int, int, int], *, heavy: bool = False) -> None:
        self.set_font("Sans", size=size)
        self.set_text_color(*colour)
        self.set_draw_color(*colour)
        self.set_line_width(size / 130)
        self.text_mode = TextMode.FILL_STROKE if heavy else TextMode.FILL

    def _row(self, text: str, height: float = 4.5) -> None:
        self.cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _head(self, text: str) -> None:
        if self.will_page_break(24):
            self.add_page()
        self.ln(4)
        self._style(12, _INK, heavy=True)
        self._row(text, 8)
        self.set_draw_color(*_LINE)
        self.set_line_width(0.3)
        self.line(_LEFT, self.get_y(), _LEFT + _WIDTH, self.get_y())
        self.ln(1.5)

    def _fact(self, label: str, text: str) -> None:
        if self.will_page_break(12):
            self.add_page()
        self._style(9, _GREY)
        self.cell(_LABEL, 6, label)
        self._style(10, _INK)
        self.multi_cell(_WIDTH - _LABEL, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _note(self, text: str) -> None:
        self._style(7, _GREY)
        self.set_x(_LEFT + _LABEL)
        self._row(text, 3.5)

    def _shown(self, text: str) -> None:
        """Draw a screen or a message as it was shown."""
        self._style(9, _INK)
        self.set_fill_color(245, 246, 248)
        self.set_x(_LEFT + _LABEL)
        self.multi_cell(
            _WIDTH - _LABEL, 4.8, text, fill=True, align="L", padding=Padding(1.5, 3, 1.5, 3), new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )  # fmt: skip
        self.ln(1.2)

    def _qr(self, left: float, top: float) -> None:
        rows = [list(row) for row in segno.make(self._options.verify_url, error="m", micro=False).matrix]
        size = _QR_MM / len(rows)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            for begin, length in _runs(row):
                self.rect(left + begin * size, top + down * size, length * size, size, style="F")


def _answer_text(row: Mapping[str, Any], contract: Contract) -> str:
    """Return a confirmation in words, such as "YES to terms 2"."""
    match row["answer"]:
        case "confirm" | "decline" as answer:
            word = "YES" if answer == "confirm" else "NO"
            if row["subject"] == "settle":
                return f"{word} to settling the problem: {_share_text(row['details']['kind'], row, contract)}"
            return f"{word} to ending it" if row["subject"] == "cancel" else f"{word} to terms {row['terms_version']}"
        case "delivered" | "received" as done:
            return f"{done} all, {row['details']['quantity']} {contract.terms.quantity.unit}"
        case "received_part":
            return f"received a part, {row['details']['quantity']} {contract.terms.quantity.unit}"
        case "decide":
            return f"decided: {_share_text(row['details']['decision'], row, contract)}"
        case other:
            return _OTHER_ANSWERS.get(other, other)


def _share_text(outcome: str, row: Mapping[str, Any], contract: Contract) -> str:
    """Return an outcome, and what it gives the seller if it is a split."""
    share = row["details"].get("split_minor")
    if not share:
        return outcome
    money = translate(t("{total}", total=Money(share, contract.terms.total.currency)), "en")
    return f"{outcome}, {money} for the seller"


def _runs(row: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The runs of dark modules in a row: where each begins, and how many modules it has."""
    begin, cells = 0, [*row, 0]
    for at, dark in enumerate(cells):
        if not dark:
            if at > begin:
                yield begin, at - begin
            begin = at + 1

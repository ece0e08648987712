"""certificate-106B.pdf: a draft of the certificate that Kenya's Evidence Act asks for with an electronic record.

It is filled in from the record, but for who signs. What the section asks for is our own reading, in our own words.
"""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from contracts.fields.reference import spaced
from contracts.proof.canonical import sha256_hex
from gateway.evidence.as_of import as_of
from gateway.evidence.coverage import Coverage
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.message_files import clock
from gateway.evidence.pack_options import SOFTWARE, PackOptions
from gateway.evidence.paper import Heading
from gateway.evidence.paper_lines import Fact, Head, Line, NumberedText, Remark
from storage.signing import letters_of

NAME: Final = "certificate-106B.pdf"
COUNTRY: Final = "KE"
_BLANK: Final = "_" * 52
_PROVIDERS: Final = {"africastalking": "Africa's Talking", "twilio": "Twilio"}


def certificate_heading(record: EvidenceRecord) -> Heading:
    """Return what stands above the draft."""
    reference = spaced(record.contract.reference)
    return Heading(
        kind="DRAFT, not signed, and no legal advice", title="Certificate: electronic record",
        status=f"Section 106B(4) of the Evidence Act, Kenya  ·  contract {reference}",
        note="A program has filled this in. It follows our own reading of the section, in our own words: have your"
        " advocate look at it, and correct it, before anybody signs. Who signs must know that what it says is true.",
        scanned=None, made_at=as_of(record), mark="DRAFT",
        foot=f"Draft of a certificate for contract {reference}. It counts for nothing until it is signed.",
    )  # fmt: skip


def certificate_lines(record: EvidenceRecord, options: PackOptions) -> Sequence[Line]:
    """Return what the draft says."""
    return [
        *_which_record(record), *_how_produced(record), *_device(record, options), *_conditions(record),
        *_signature(),
    ]  # fmt: skip


def _which_record(record: EvidenceRecord) -> Iterator[Line]:
    contract, entries = record.contract, record.entries
    yield Head("1. Which electronic record this is about")
    yield Fact("Record", f"the folder voicepact-{contract.reference}, given out as a zip file of that name")
    yield Fact("Contract", f"number {spaced(contract.reference)}, id {contract.id}")
    yield Fact("As of", f"{_moment(as_of(record))}, step {len(entries)}")
    yield Fact("Agreement", f"contract.json, SHA-256 {sha256_hex(record.form)}")
    if entries:
        yield Fact("Last step", f"audit/{len(entries):04}.entry, SHA-256 {entries[-1]['hash'].hex()}")
        yield Remark("Each step has the hash of the one before, so this hash stands for all of them.", 8, True)
    if record.coverage:
        yield from _log(record.coverage)
    yield Remark("The file SHA256SUMS in the folder has the hash of every file, and is signed.", 8, True)


def _log(coverage: Coverage) -> Iterator[Line]:
    checkpoint = coverage.checkpoint
    root = base64.b64encode(checkpoint.root).decode()
    yield Fact("Log", f"{checkpoint.origin}, {checkpoint.size} entries, root {root}")
    seen = ", ".join(f"{name} ({_moment(at)})" for name, at in coverage.witnesses)
    yield Fact("Witnesses", seen or "none has cosigned it")
    if stamp := coverage.timestamp:
        yield Fact("Time stamp", f"RFC 3161, {_moment(stamp.at)}, over the steps up to {stamp.seq}")


def _how_produced(record: EvidenceRecord) -> Iterator[Line]:
    used = {row["provider"] for row in (*record.messages, *record.confirmations) if row.get("provider")}
    through = " and ".join(sorted(_PROVIDERS.get(name, name) for name in used))
    yield Head("2. How it was produced")
    texts = [
        "The parties used their own phones, by USSD and SMS. What they typed came to the service from the phone"
        f" networks{f' through {through}' if through else ''}; what they were shown went the same way.",
        "For each act the service wrote one entry at once, with the hash of the entry before. Each yes, no, receipt and"
        " complaint was signed at that moment with the service's key (Ed25519).",
    ]
    if record.coverage:
        cosigned = ", and cosigned by the witnesses named above" if record.coverage.witnesses else ""
        texts.append(f"The entries went into a log over those of all contracts, signed with a second key{cosigned}.")
    texts.append(
        f"This folder was written by {SOFTWARE} from the stored record. Nobody has typed or edited anything in it."
        " README.txt in it says how anybody checks that."
    )
    yield from (NumberedText(number, text) for number, text in enumerate(texts, 1))


def _device(record: EvidenceRecord, options: PackOptions) -> Iterator[Line]:
    kept_by = [part for part in (options.office.name, options.office.phone) if part]
    yield Head("3. The computer")
    yield Fact("Kept by", ", ".join(kept_by) or _BLANK)
    yield Fact("Software", f"{SOFTWARE}, with a PostgreSQL database")
    yield Fact("Key of words", letters_of(options.key_id))
    if record.coverage:
        yield Fact("Key of the log", letters_of(record.coverage.key_id))
    yield Fact("Machine", _BLANK)
    yield Remark("Make or name of the server, and who runs the building or the cloud that it stands in", 8, True)


def _conditions(record: EvidenceRecord) -> Iterator[Line]:
    period = f"from {_moment(record.contract.created_at)} to {_moment(as_of(record))}"
    yield Head("4. What section 106B(2) asks for, as we read it")
    yield Remark("Strike out what is not true.", 8)
    texts = (
        f"In the time {period} the computer was used regularly to store and process agreements that people made by"
        " phone, which was the activity of who kept it and had lawful control of it.",
        "In that time information of this kind was fed into it regularly, in the ordinary course of that activity: by"
        " the parties from their phones, and by the operator where an entry says so.",
        "What the record says is, or comes from, what was fed into the computer in the ordinary course of it.",
        "In the part of that time that matters here the computer worked properly; or, if not, in no way that touched"
        " this record or its accuracy. Faults that are known:",
    )
    yield from (NumberedText(number, text) for number, text in enumerate(texts, 1))
    yield Fact("", _BLANK)
    if told := clock(record.messages):
        ahead, behind = told["most_ahead_ms"] / 1000, told["most_behind_ms"] / 1000
        yield Remark(
            f"The providers' times of {told['messages']} SMS of this contract were at most {ahead:.0f} s ahead of this"
            f" computer's clock, and {behind:.0f} s behind it (an SMS may wait on its way).", 8,
        )  # fmt: skip


def _signature() -> Iterator[Line]:
    yield Head("5. Who signs")
    yield Remark(
        "A person who is responsible for running the computer, or for the activity that it served. To the best of my"
        " knowledge and belief, what is written above is true.", 9,
    )  # fmt: skip
    for label in ("Name", "Position", "Signature", "Date"):
        yield Fact(label, _BLANK)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC"

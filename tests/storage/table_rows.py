"""Rows for tests of the tables: some that are possible, and some that are impossible, each for one reason."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from storage.postgres.database import Connection
from tests.storage.make_acts import NOON

LATER = NOON + timedelta(hours=1)
PHONE, CONTRACT = UUID(int=1), UUID(int=2)
MESSAGE, DISPUTE = UUID(int=77), UUID(int=79)

PHONES = {"id": UUID(int=9), "msisdn": "+254712345679", "created_at": NOON}
CONTRACTS = {
    "id": UUID(int=9), "reference": "40718353", "status": "PENDING", "type": "other", "terms": {}, "total_minor": 1,
    "currency": "KES", "source": "ussd", "created_at": NOON,
}  # fmt: skip
PARTIES = {"contract_id": CONTRACT, "phone_id": UUID(int=3), "role": "buyer", "since": NOON}
SIGNATURES = {"contract_id": CONTRACT, "phone_id": PHONE, "status": "pending"}
CONFIRMATIONS = {
    "id": UUID(int=9), "contract_id": CONTRACT, "phone_id": PHONE, "answer": "confirm", "channel": "ussd",
    "provider": "at", "network_code": "", "conversation": "s", "language": "en", "menu_version": "1",
    "answered_at": NOON, "form_sha256": sha256(b"form").digest(), "shown_sha256": bytes(32), "signature": bytes(64),
    "key_id": "0123456789abcdef",
}  # fmt: skip
ACTS = {
    **CONFIRMATIONS, "answer": "received_part", "subject": "delivery", "contract_version": 4,
    "details": {"quantity": "5"},
}  # fmt: skip
DECIDES = {
    **ACTS, "answer": "decide", "subject": "dispute", "phone_id": None, "channel": "api", "details": {"dispute": "d"}
}  # fmt: skip
WROTE = {**ACTS, "answer": "wrote", "details": {}}
STARTS = {**WROTE, "answer": "start_clock", "phone_id": None, "channel": "api"}
SECOND = {**CONFIRMATIONS, "format": 2, "pin": "typed", "messages": []}
SAID = UUID(int=78)
TEXTS = {"confirmation_id": SAID, "salt": b"salt", "texts": []}
KEYS = {"key_id": "fedcba9876543210", "public_key": bytes(32), "first_used_at": NOON}
FORMS = {"contract_id": CONTRACT, "terms_version": 2, "form": b"f", "blake2b": bytes(32), "made_at": NOON}
CODES = {"contract_id": CONTRACT, "terms_version": 1, "code": "BCDFGHJKLMNP"}
SEALS = {"n": 1, "chain_id": CONTRACT, "chain_seq": 1}
CHECKPOINTS = {
    "number": 1, "from_seq": 1, "to_seq": 1, "statement": b"s", "signature": bytes(64), "key_id": "0123456789abcdef",
    "at": NOON,
}  # fmt: skip
LOG = {
    "log": 2, "origin": "test.example/log/2", "beginning": b"{}", "began_at": NOON, "size": 1, "server": "1"
}  # fmt: skip
TILES = {"log": 1, "level": 0, "place": 1, "hashes": bytes(64), "min_n": 1, "max_n": 2}
LOG_CHECKPOINTS = {"log": 1, "size": 1, "note": b"note", "at": NOON}
LOG_KEYS = {"key": "test.example/log+0123abcd+AQ==", "first_used_at": NOON}
LEASE = {"id": 1, "holder": UUID(int=9), "held_until": NOON}
COSIGNATURE = {
    "log": 1, "size": 2, "witness": "witness.example+0123abcd+BA==", "line": "— witness.example AQ==\n", "at": NOON
}  # fmt: skip
TIMESTAMP = {"log": 1, "size": 2, "authority": "https://tsa.example/", "response": b"x", "at": NOON}
WITNESS = {"log": 1, "witness": "witness.example+0123abcd+BA==", "size": 1, "objection": None}
PROPOSALS = {
    "contract_id": CONTRACT, "n": 2, "kind": "amend", "terms": {}, "by_id": PHONE, "consented": [PHONE], "waiting": [],
    "status": "pending", "created_at": NOON,
}  # fmt: skip
SPLIT = {**PROPOSALS, "kind": "split", "terms": None, "split_minor": 1}
SETTLED = {"status": "declined", "settled_at": NOON}
DELIVERIES = {
    "id": UUID(int=9), "contract_id": CONTRACT, "phone_id": PHONE, "kind": "said", "evidence": {}, "at": NOON
}  # fmt: skip
REQUESTS = {"contract_id": CONTRACT, "phone_id": PHONE, "asked_at": NOON}
DISPUTES = {"id": UUID(int=9), "contract_id": CONTRACT, "words": "wet", "status": "open", "opened_at": NOON}
DECISION = {"decision": "cancel", "reasons": "so", "decided_at": NOON}
DECIDED = {**DISPUTES, **DECISION, "status": "decided"}
APPEALED = {**DECIDED, "status": "appealed", "appealed_by": PHONE, "appeal_words": "no", "appealed_at": NOON}
CLOSED = {**DECIDED, "status": "closed", "closed_at": NOON, "ended": "decided"}
OFFERS = {
    "contract_id": CONTRACT,
    "maker_id": PHONE,
    "made_n": 1,
    "addressee_id": UUID(int=3),
    "asked_n": 1,
    "at": NOON,
}
BLOCKS = {"phone_id": PHONE, "blocked_phone_id": UUID(int=3), "at": NOON}
FILES = {
    "id": UUID(int=9), "dispute_id": DISPUTE, "name": "bags.jpg", "media_type": "image/jpeg", "content": b"x",
    "sha256": bytes(32), "added_at": NOON,
}  # fmt: skip
AUDIT = {"chain_id": CONTRACT, "at": NOON, "channel": "ussd", "action": "a", "details": {}, "act_id": UUID(int=9)}
_FIRST = sha256(str(CONTRACT).encode()).digest()
ENTRY = {"seq": 1, "text": "{}", "prev_hash": _FIRST, "hash": sha256(_FIRST + b"{}").digest()}
MT = {
    "id": UUID(int=9), "direction": "out", "phone_id": PHONE, "text": "x", "kind": "help", "act_id": UUID(int=9),
    "status": "queued", "segments": 1, "due_at": NOON, "created_at": NOON,
}  # fmt: skip
MO = {**MT, "direction": "in", "status": "received", "due_at": None}
SENT = {**MT, "status": "submitted", "due_at": None, "provider_message_id": "1", "submitted_at": NOON}
TRIES = {"message_id": MESSAGE, "n": 1, "provider": "at", "outcome": "accepted", "at": NOON}
REPORTS = {"provider": "at", "provider_message_id": "1", "status": "Success", "state": "delivered", "received_at": NOON}
HOPS = {"provider": "at", "session_id": "s", "hop_key": b"k", "at": NOON}
ACTED = {**HOPS, "act_id": UUID(int=9), "reply": "x", "ends": False, "session": b"s"}
PROMISES = {
    "provider": "at", "session_id": "s", "hop_key": b"k", "sealed": b"s", "made_at": NOON, "due_at": NOON
}  # fmt: skip
HOLDS = {"id": UUID(int=9), "phone_id": PHONE, "reason": "a court asks", "since": NOON}
CONSENTS = {"id": UUID(int=9), "phone_id": PHONE, "given": True, "channel": "voice", "shown": "May we?", "at": NOON}
CHECK = {
    "id": UUID(int=9), "phone_id": PHONE, "source": "daraja", "status": "not_swapped", "asked_at": NOON,
    "answered_at": NOON, "looked_back": timedelta(days=89),
}  # fmt: skip
AWAITED = {
    "id": UUID(int=9), "phone_id": PHONE, "source": "africastalking", "request_id": "ATSwpid_1", "status": "asked",
    "asked_at": NOON,
}  # fmt: skip
SWAPPED = {**CHECK, "status": "swapped", "swapped_at": NOON, "looked_back": None}
NOT_KNOWN = {**CHECK, "status": "not_known", "why": "HTTP 429", "looked_back": None}
ERASED = {**PHONES, "msisdn": "erased-0a1b2c3d", "erased_at": NOON}
WIPED = {**SENT, "status": "expired", "settled_at": NOON, "phone_id": None, "text": "", "wiped_at": NOON}

COMPLETED = {**CONTRACTS, "status": "COMPLETED", "confirmed_at": NOON, "active_at": NOON, "completed_at": NOON}
PART_OF_IT = {**COMPLETED, "terms": {"quantity": "2.5"}, "settled_quantity": Decimal("0.5")}
ACTIVE = {**CONTRACTS, "status": "ACTIVE", "confirmed_at": NOON, "active_at": NOON}
STANDS = {"clock_stopped_at": NOON, "clock_stopped_by": PHONE}

GOOD = {
    "phones": [PHONES, {**PHONES, "pin_hash": "h", "pin_proved_at": NOON, "language": "sw"},
               {**PHONES, "recovery_key": b"k", "recovery_until": NOON, "recovered_at": NOON}, ERASED],
    "contracts": [
        CONTRACTS,
        {**CONTRACTS, "status": "CONFIRMED", "confirmed_at": NOON},
        {**CONTRACTS, "status": "CANCELLED", "cancelled_at": NOON},
        {**CONTRACTS, "status": "EXPIRED", "expired_at": NOON},
        COMPLETED,
        {**CONTRACTS, "next_what": "expire", "next_at": NOON},
        PART_OF_IT,
    ],
    "contract_parties": [PARTIES, {**PARTIES, "name": "Amina"}],
    "contract_signatures": [SIGNATURES, {**SIGNATURES, "status": "signed", "settled_at": NOON}],
    "confirmations": [CONFIRMATIONS, SECOND, ACTS, DECIDES, WROTE, {**STARTS, "answer": "stop_clock"}, STARTS],
    "confirmation_texts": [TEXTS, {**TEXTS, "words": "All wet."}, {**TEXTS, "typed": ["1"], "english": [None]}],
    "signature_keys": [KEYS],
    "contract_forms": [FORMS],
    "form_codes": [CODES],
    "audit_seals": [{**SEALS, "n": 2, "chain_seq": 2}],
    "audit_checkpoints": [CHECKPOINTS],
    "log_state": [LOG, {**LOG, "halted": "restored"}],
    "log_tiles": [TILES, {**TILES, "level": 63, "hashes": bytes(8192), "min_n": None, "max_n": None}],
    "log_checkpoints": [LOG_CHECKPOINTS],
    "log_keys": [LOG_KEYS],
    "log_lease": [LEASE],
    "log_cosignatures": [COSIGNATURE],
    "log_timestamps": [TIMESTAMP],
    "log_witnesses": [WITNESS, {**WITNESS, "witness": "file:///x", "objection": "has seen another history"}],
    "contract_proposals": [
        PROPOSALS, SPLIT, {**PROPOSALS, "kind": "cancel", "terms": None}, {**PROPOSALS, **SETTLED},
        {**PROPOSALS, "by_id": None, "consented": [], "waiting": [PHONE]},
    ],
    "deliveries": [
        DELIVERIES, {**DELIVERIES, "kind": "part", "quantity": Decimal("0.5")}, {**DELIVERIES, "kind": "reported"},
    ],
    "contract_requests": [REQUESTS, {**REQUESTS, "asked_before": NOON - timedelta(hours=1)}],
    "disputes": [DISPUTES, DECIDED, {**DECIDED, "decision": "split", "split_minor": 1}, APPEALED, CLOSED],
    "dispute_files": [FILES],
    "offers": [OFFERS, {**OFFERS, "asked_n": None}],
    "blocks": [BLOCKS],
    "audit_logs": [AUDIT],
    "sms_logs": [MT, MO, SENT, {**MO, "phone_id": None, "raw_sender": "MTN"}, WIPED],
    "sms_tries": [TRIES],
    "sms_reports": [REPORTS],
    "acted_hops": [HOPS, ACTED],
    "promises": [PROMISES, {**PROMISES, "due_at": None, "kept_at": NOON}],
    "legal_holds": [HOLDS, {**HOLDS, "phone_id": None, "contract_id": CONTRACT, "until": LATER}],
    "recording_consents": [CONSENTS, {**CONSENTS, "given": False}],
    "number_checks": [
        CHECK, {**CHECK, "looked_back": None}, AWAITED, SWAPPED, NOT_KNOWN,
        {**SWAPPED, "phone_id": None, "request_id": "r"},
    ],
    "heartbeats": [{"id": 1, "beaten_at": NOON}],
}  # fmt: skip

AT = {"CONFIRMED": "confirmed_at", "ACTIVE": "active_at", "COMPLETED": "completed_at", "CANCELLED": "cancelled_at",
      "EXPIRED": "expired_at", "DISPUTED": "disputed_at"}  # fmt: skip
STARTED = ("ACTIVE", "COMPLETED", "DISPUTED")


def make_contract(status: str) -> dict[str, Any]:
    """Make a possible row of `contracts` in this status."""
    row = {**CONTRACTS, "status": str(status)}
    if status in (*STARTED, "CONFIRMED"):
        row["confirmed_at"] = NOON
    if status in STARTED:
        row["active_at"] = NOON
    return row if status == "PENDING" else {**row, AT[status]: NOON}


AGREED = ("CONFIRMED", "ACTIVE", "DISPUTED")
SIGNED = ("form_sha256", "shown_sha256", "signature", "key_id")
OF_AN_ACT = ("act_id", "reply", "ends", "session")


async def insert_row(connection: Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())  # noqa: S608 - our own words


IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("phones", {**PHONES, "msisdn": "0712345678"}, "a number that is not E.164"),
    ("phones", {**PHONES, "msisdn": "+254 712345678"}, "a number with a space"),
    ("phones", {**PHONES, "language": "English"}, "a language that is no code"),
    ("phones", {**PHONES, "language": None, "language_presumed": True}, "a language presumed, and none there"),
    ("phones", {**PHONES, "pin_tries": -1}, "fewer than no tries"),
    ("phones", {**PHONES, "pin_proved_at": NOON}, "a proof of no PIN"),
    ("phones", {**PHONES, "recovery_key": b"k"}, "a recovery code without an end"),
    ("phones", {**PHONES, "msisdn": "erased-0a1b2c3d"}, "erased, and nobody knows when"),
    ("phones", {**PHONES, "erased_at": NOON}, "erased, and the number is still there"),
    ("phones", {**ERASED, "pin_hash": "h"}, "erased, with a PIN"),
    ("phones", {**ERASED, "recovered_at": NOON}, "erased, and a PIN recovered"),
    ("contracts", {**CONTRACTS, "reference": "4071835"}, "a reference of 7 digits"),
    ("contracts", {**CONTRACTS, "reference": "04071835"}, "a reference that begins with 0"),
    ("contracts", {**CONTRACTS, "version": 0}, "a version before the first"),
    ("contracts", {**CONTRACTS, "status": "SIGNED"}, "a status nobody knows"),
    ("contracts", {**CONTRACTS, "type": "loan"}, "a type nobody knows"),
    ("contracts", {**CONTRACTS, "terms": []}, "terms that are a list"),
    ("contracts", {**CONTRACTS, "total_minor": 0}, "a total of nothing"),
    ("contracts", {**CONTRACTS, "total_minor": -1}, "a total below nothing"),
    ("contracts", {**CONTRACTS, "terms": {"total_minor": 2}}, "a total that is not that of its terms"),
    ("contracts", {**CONTRACTS, "terms": {"currency": "UGX"}}, "a currency that is not that of its terms"),
    ("contracts", {**CONTRACTS, "currency": "Ksh"}, "a currency that is no code"),
    ("contracts", {**CONTRACTS, "source": "desk"}, "a source nobody knows"),
    ("contracts", {**CONTRACTS, "confirmed_at": NOON}, "pending, and confirmed"),
    *(("contracts", {**CONTRACTS, "status": s}, f"{s}, and never confirmed") for s in AGREED),
    ("contracts", {**CONTRACTS, "status": "COMPLETED", "confirmed_at": NOON, "active_at": NOON},
     "completed, and nobody knows when"),
    *(("contracts", {**make_contract(s), "active_at": None}, f"{s}, and never under way") for s in STARTED),
    ("contracts", {**make_contract("DISPUTED"), "disputed_at": None}, "disputed, and nobody knows since when"),
    ("contracts", {**CONTRACTS, "terms_version": 0}, "terms before the first"),
    ("contracts", {**CONTRACTS, "next_what": "rain", "next_at": NOON}, "what time does not bring"),
    ("contracts", {**CONTRACTS, "next_what": "expire"}, "what comes next, and nobody knows when"),
    ("contracts", {**CONTRACTS, "next_at": NOON}, "when, and nobody knows what"),
    ("contracts", {**CONTRACTS, "completed_at": NOON}, "pending, and completed"),
    ("contracts", {**CONTRACTS, **STANDS}, "a clock that stands before a delivery"),
    ("contracts", {**ACTIVE, "clock_stopped_at": NOON}, "a clock that stands by nobody's words"),
    ("contracts", {**ACTIVE, **STANDS, "next_what": "complete", "next_at": NOON}, "silence, while the clock stands"),
    *(("contracts", {**PART_OF_IT, "settled_quantity": Decimal(part)}, f"completed with a part that is {part} of 2.5")
      for part in ("0", "2.5", "3")),
    ("contracts", {**PART_OF_IT, "terms": {}}, "a part of nobody knows what"),
    ("contracts", {**PART_OF_IT, "status": "DISPUTED", "disputed_at": NOON, "completed_at": None},
     "in dispute, and completed with a part"),
    ("contracts", {**CONTRACTS, "status": "CANCELLED"}, "cancelled, and nobody knows when"),
    ("contracts", {**CONTRACTS, "cancelled_at": NOON}, "pending, and cancelled"),
    ("contracts", {**CONTRACTS, "status": "EXPIRED"}, "expired, and nobody knows when"),
    ("contracts", {**CONTRACTS, "expired_at": NOON}, "pending, and expired"),
    ("contract_parties", {**PARTIES, "role": "lender"}, "a role nobody knows"),
    ("contract_parties", {**PARTIES, "name": ""}, "a name without a letter"),
    ("contract_parties", {**PARTIES, "name": "x" * 61}, "a name without end"),
    ("contract_signatures", {**SIGNATURES, "status": "maybe", "settled_at": NOON}, "a signature nobody knows"),
    ("contract_signatures", {**SIGNATURES, "status": "signed"}, "signed, and nobody knows when"),
    ("contract_signatures", {**SIGNATURES, "settled_at": NOON}, "settled, and still pending"),
    ("confirmations", {**CONFIRMATIONS, "terms_version": 0}, "terms before the first"),
    ("confirmations", {**CONFIRMATIONS, "answer": "perhaps"}, "an answer that is none"),
    ("confirmations", {**CONFIRMATIONS, "channel": "api"}, "a consent given by nobody's phone"),
    ("confirmations", {**CONFIRMATIONS, "subject": "weather"}, "an answer to what nobody asks"),
    ("confirmations", {**ACTS, "subject": "dispute", "details": {"dispute": "d"}}, "received, of a dispute"),
    ("confirmations", {**CONFIRMATIONS, "phone_id": None}, "a yes of nobody"),
    ("confirmations", {**ACTS, "channel": "api", "phone_id": None}, "received, by an operator"),
    ("confirmations", {**DECIDES, "channel": "sms", "phone_id": PHONE}, "decided, without a PIN"),
    ("confirmations", {**STARTS, "channel": "sms", "phone_id": PHONE}, "a clock started by a party"),
    ("confirmations", {**WROTE, "channel": "api", "phone_id": None}, "what nobody wrote"),
    ("confirmations", {**ACTS, "contract_version": None}, "an act of no move"),
    ("confirmations", {**CONFIRMATIONS, "contract_version": 4}, "a yes of a move"),
    ("confirmations", {**ACTS, "details": None}, "an act without what was said"),
    ("confirmations", {**ACTS, "details": {}}, "a delivery without a quantity"),
    ("confirmations", {**DECIDES, "details": {"decision": "split"}}, "a decision of no dispute"),
    ("confirmations", {**SECOND, "pin": None}, "a statement that says nothing of the PIN"),
    ("confirmations", {**SECOND, "messages": None}, "a statement that says nothing of SMS"),
    ("confirmations", {**SECOND, "format": 3}, "a statement of a form nobody knows"),
    ("confirmations", {**CONFIRMATIONS, "pin": "none"}, "a statement of the first form, and a PIN"),
    ("confirmations", {**SECOND, "pin": "guessed"}, "a PIN that came about in no way"),
    ("confirmations", {**SECOND, "channel": "sms", "pin": "typed"}, "a PIN by SMS"),
    ("confirmation_texts", {**TEXTS, "words": ""}, "words that are none"),
    ("confirmation_texts", {**TEXTS, "typed": []}, "what was typed, in a file of the first form"),
    ("confirmation_texts", {**TEXTS, "typed": {}, "english": []}, "what was typed that is no list"),
    ("confirmation_texts", {**TEXTS, "typed": [], "english": {}}, "English that is no list"),
    ("contract_proposals", {**PROPOSALS, "n": 1}, "new terms under the first number"),
    ("contract_proposals", {**PROPOSALS, "kind": "sell", "terms": None}, "a proposal nobody knows"),
    ("contract_proposals", {**PROPOSALS, "terms": []}, "new terms that are a list"),
    ("contract_proposals", {**PROPOSALS, "terms": None}, "new terms that are none"),
    ("contract_proposals", {**PROPOSALS, "kind": "cancel"}, "an end with terms"),
    ("contract_proposals", {**SPLIT, "split_minor": None}, "a split of nobody knows how much"),
    ("contract_proposals", {**SPLIT, "split_minor": 0}, "a split of nothing"),
    ("contract_proposals", {**PROPOSALS, **SETTLED, "status": "maybe"}, "an outcome nobody knows"),
    ("contract_proposals", {**PROPOSALS, "settled_at": NOON}, "settled, and still open"),
    ("contract_proposals", {**PROPOSALS, "status": "lapsed"}, "lapsed, and nobody knows when"),
    ("deliveries", {**DELIVERIES, "kind": "lost"}, "a delivery nobody knows"),
    ("deliveries", {**DELIVERIES, "kind": "part", "quantity": 0}, "a part that is nothing"),
    ("deliveries", {**DELIVERIES, "kind": "part"}, "a part without a quantity"),
    ("deliveries", {**DELIVERIES, "kind": "full", "quantity": 1}, "all of it, and a quantity"),
    ("deliveries", {**DELIVERIES, "evidence": []}, "evidence that is a list"),
    ("deliveries", {**DELIVERIES, "kind": "reported", "quantity": 1}, "a report, and a quantity"),
    ("contract_requests", {**REQUESTS, "asked_before": NOON - timedelta(minutes=59)}, "asked again within the hour"),
    ("disputes", {**DISPUTES, "words": ""}, "a complaint of nothing"),
    ("disputes", {**DISPUTES, "words": "x" * 501}, "a complaint without end"),
    ("disputes", {**DISPUTES, "status": "lost"}, "a dispute nobody knows"),
    ("disputes", {**DECIDED, "decision": "both"}, "a decision nobody knows"),
    ("disputes", {**DECIDED, "decision": "split", "split_minor": 0}, "a split of nothing"),
    ("disputes", {**DECIDED, "decision": "split"}, "a split, and nobody knows how"),
    ("disputes", {**DECIDED, "split_minor": 1}, "split, and cancelled"),
    ("disputes", {**DISPUTES, "split_minor": 1}, "split before it is decided"),
    ("disputes", {**DECIDED, "reasons": ""}, "reasons that are none"),
    *(("disputes", {**DECIDED, part: None}, f"decided, without {part}") for part in DECISION),
    ("disputes", {**APPEALED, "appeal_words": ""}, "an appeal without words"),
    ("disputes", {**APPEALED, "appealed_at": None, "appeal_words": None}, "appealed, and nobody knows when"),
    ("disputes", {**APPEALED, "appeal_words": None}, "appealed, and nobody knows why"),
    ("disputes", {**CLOSED, "closed_at": None}, "closed, and nobody knows when"),
    ("disputes", {**DECIDED, "closed_at": NOON}, "decided, and closed"),
    ("disputes", {**CLOSED, "ended": None}, "closed, and nobody knows how"),
    ("disputes", {**CLOSED, "ended": "lost"}, "closed in a way nobody knows"),
    ("disputes", {**CLOSED, "ended": "settled"}, "settled, and nobody knows by which proposal"),
    ("disputes", {**CLOSED, "ended": "withdrawn"}, "withdrawn, and decided"),
    ("disputes", {**DISPUTES, "replies": {}}, "replies that are no list"),
    ("offers", {**OFFERS, "made_n": 0}, "an offer before the first"),
    ("offers", {**OFFERS, "asked_n": 0}, "an offer of a stranger before the first"),
    ("offers", {**OFFERS, "addressee_id": PHONE}, "an offer to oneself"),
    ("blocks", {**BLOCKS, "blocked_phone_id": PHONE}, "a block of oneself"),
    ("phones", {**PHONES, "name": ""}, "a name of no letters"),
    ("dispute_files", {**FILES, "name": ""}, "a file without a name"),
    *(("confirmations", {**CONFIRMATIONS, part: None}, f"a word without {part}") for part in SIGNED),
    ("confirmations", {**CONFIRMATIONS, "signature": b"x"}, "a signature that is none"),
    ("confirmation_texts", {**TEXTS, "texts": {}}, "evidence that is no list"),
    ("signature_keys", {**KEYS, "key_id": "my key"}, "a key by another name"),
    ("signature_keys", {**KEYS, "public_key": b"k"}, "a key that is none"),
    ("contract_forms", {**FORMS, "terms_version": 0}, "a form of terms before the first"),
    ("contract_forms", {**FORMS, "blake2b": b"h"}, "a hash that is none"),
    ("form_codes", {**CODES, "code": "BCDF GHJK LMNP"}, "a code with blanks"),
    ("form_codes", {**CODES, "code": "BCDFGHJKLMNA"}, "a code with a vowel"),
    ("form_codes", {**CODES, "code": "BCDFGHJKLMN"}, "a code of eleven letters"),
    ("audit_checkpoints", {**CHECKPOINTS, "number": 0}, "a checkpoint before the first"),
    ("audit_checkpoints", {**CHECKPOINTS, "from_seq": 0}, "from before the first seal"),
    ("audit_checkpoints", {**CHECKPOINTS, "from_seq": 2}, "backwards"),
    ("audit_checkpoints", {**CHECKPOINTS, "signature": b"x"}, "a checkpoint that nobody signed"),
    ("log_state", {**LOG, "log": 0}, "a log before the first"),
    ("log_state", {**LOG, "origin": "my log"}, "a name with a blank"),
    ("log_state", {**LOG, "size": 0}, "a log without its beginning"),
    ("log_tiles", {**TILES, "level": 64}, "a level that no tree has"),
    ("log_tiles", {**TILES, "place": -1}, "a tile before the first"),
    ("log_tiles", {**TILES, "hashes": bytes(63)}, "half a hash"),
    ("log_tiles", {**TILES, "hashes": bytes(8224)}, "more hashes than a tile has"),
    ("log_checkpoints", {**LOG_CHECKPOINTS, "size": 0}, "a checkpoint of nothing"),
    ("log_keys", {**LOG_KEYS, "key": "test.example/log+key"}, "a key that is none"),
    ("log_lease", {**LEASE, "id": 2}, "a second lease"),
    ("log_cosignatures", {**COSIGNATURE, "witness": "witness.example+key"}, "a key that is none"),
    ("log_cosignatures", {**COSIGNATURE, "line": "signed"}, "a line that is no signature"),
    ("log_timestamps", {**TIMESTAMP, "authority": "tsa"}, "an authority without an address"),
    ("log_timestamps", {**TIMESTAMP, "response": b""}, "no answer"),
    ("log_witnesses", {**WITNESS, "size": -1}, "less than no leaf"),
    ("audit_logs", {**AUDIT, "channel": "mail"}, "a channel nobody knows"),
    ("audit_logs", {**AUDIT, **ENTRY}, "an entry of the new form with an action of the old"),
    ("sms_logs", {**MT, "direction": "up"}, "neither in nor out"),
    ("sms_logs", {**MO, "status": "queued", "due_at": NOON}, "a message from a phone, queued"),
    ("sms_logs", {**MT, "status": "received", "due_at": None}, "a message to a phone, received"),
    ("sms_logs", {**MT, "phone_id": None, "raw_sender": "MTN"}, "to nobody"),
    ("sms_logs", {**MO, "phone_id": None}, "from nobody"),
    ("sms_logs", {**MO, "raw_sender": "MTN"}, "from a phone and from a name"),
    ("sms_logs", {**MT, "segments": 0}, "in no segments"),
    ("sms_logs", {**MT, "tries": -1}, "fewer than no tries"),
    ("sms_logs", {**MT, "due_at": None}, "queued for never"),
    ("sms_logs", {**SENT, "due_at": NOON}, "sent, and due"),
    ("sms_logs", {**MT, "status": "sending", "due_at": None}, "being sent by nobody"),
    ("sms_logs", {**MT, "leased_until": NOON}, "leased, and not being sent"),
    ("sms_logs", {**SENT, "provider_message_id": None}, "sent, and unknown to the provider"),
    ("sms_logs", {**SENT, "submitted_at": None}, "sent, and nobody knows when"),
    ("sms_logs", {**SENT, "status": "delivered"}, "delivered, and nobody knows when"),
    ("sms_logs", {**SENT, "settled_at": NOON}, "settled, and on its way"),
    ("sms_logs", {**MT, "class": "urgent"}, "a class nobody knows"),
    ("sms_logs", {**MT, "priority": 2}, "a priority no claim looks for"),
    ("sms_logs", {**MT, "encoding": "utf-8"}, "an encoding no phone reads"),
    ("sms_logs", {**WIPED, "text": "x"}, "wiped, and still to be read"),
    ("sms_logs", {**WIPED, "english": "x"}, "wiped, and still to be read in English"),
    ("sms_logs", {**MO, "english": "x"}, "what a phone wrote, in English by us"),
    ("sms_logs", {**MT, "reply_provider": "twilio"}, "an answer from no number"),
    ("sms_logs", {**MO, "shortcode": "22483", "reply_provider": "twilio"}, "a message from a phone that answers"),
    ("sms_tries", {**TRIES, "n": 0}, "a try before the first"),
    ("sms_tries", {**TRIES, "outcome": "fine"}, "an outcome nobody knows"),
    ("sms_reports", {**REPORTS, "state": "lost"}, "a state nobody knows"),
    *(("acted_hops", {**ACTED, part: None}, f"acted, without {part}") for part in OF_AN_ACT),
    ("legal_holds", {**HOLDS, "phone_id": None}, "a hold on nothing"),
    ("legal_holds", {**HOLDS, "contract_id": CONTRACT}, "a hold on two things"),
    ("legal_holds", {**HOLDS, "reason": ""}, "a hold for no reason"),
    ("legal_holds", {**HOLDS, "until": NOON - timedelta(days=1)}, "a hold that ends before it begins"),
    ("recording_consents", {**CONSENTS, "channel": "mail"}, "a consent by no channel of ours"),
    ("recording_consents", {**CONSENTS, "shown": ""}, "a consent to nothing"),
    ("number_checks", {**CHECK, "source": "a friend"}, "a source nobody knows"),
    ("number_checks", {**CHECK, "status": "perhaps", "looked_back": None}, "an answer nobody knows"),
    ("number_checks", {**AWAITED, "request_id": ""}, "a question without a name"),
    ("number_checks", {**CHECK, "phone_id": None}, "a question about nobody"),
    ("number_checks", {**AWAITED, "phone_id": None}, "an answer awaited for nobody"),
    ("number_checks", {**AWAITED, "request_id": None}, "an answer awaited that nobody could tell"),
    ("number_checks", {**AWAITED, "answered_at": NOON}, "awaited, and answered"),
    ("number_checks", {**CHECK, "answered_at": None}, "answered, and nobody knows when"),
    ("number_checks", {**SWAPPED, "swapped_at": None}, "swapped, and nobody knows when"),
    ("number_checks", {**CHECK, "swapped_at": NOON}, "not swapped, on a day"),
    ("number_checks", {**SWAPPED, "looked_back": timedelta(days=1)}, "swapped, and looked back for none"),
    ("number_checks", {**CHECK, "looked_back": timedelta(days=-1)}, "looked back into the future"),
    ("number_checks", {**NOT_KNOWN, "why": None}, "not known for no reason"),
    ("number_checks", {**NOT_KNOWN, "why": "x" * 301}, "a reason without end"),
    ("heartbeats", {"id": 2, "beaten_at": NOON}, "a second row, where one is written again and again"),
    ("promises", {**PROMISES, "tries": -1}, "fewer than no tries"),
    ("promises", {**PROMISES, "due_at": None}, "neither due nor kept"),
    ("promises", {**PROMISES, "kept_at": NOON}, "kept, and due"),
]  # fmt: skip

"""Recomputes the rows of a contract from the texts of its audit entries. Pure.

`replay` reads the entries of `contracts.proof.entries` in order, and gives each row as it should be now: by table, then
by the row's key within the contract, its columns. Texts are there as hashes. The database's own rules are repeated here
(sql/queries/acts.sql): which act sets which date.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from contracts.contract import IllegalTransitionError, Status, status_between
from contracts.proof.money_replay import impossible_money, is_only_money, read_money
from values.frozen import Frozen, field

Columns = dict[str, Any]

BOUND: Final = "record.bound"  # the action of an entry that binds rows from before entries bound them
HASHED: Final = "sha256:"  # before a hash that stands in such an entry for words of a dispute
ERASED: Final = "record.erased"  # the action of an entry that says what of a contract was erased with a person

_STEPS: Final = ("confirmed_at", "active_at", "completed_at", "cancelled_at", "expired_at", "disputed_at")
_WORDS: Final = {
    "dispute.opened": "words", "dispute.decided": "reasons", "dispute.appealed": "appeal_words",
    "dispute.answered": "replies",
}  # fmt: skip

_OF_A_STATUS: Final = ("decision", "split_minor", "appealed_by", "ended", "settled_n")  # a dispute changes them with it

_OF_AN_END: Final = ("version", "terms_version", "form", "total_minor", "currency", "delivered_at", "settled_quantity")


class Replayed(Frozen):
    """The rows of a contract as its entries have them.

    `acts`: whose entries were read; `doubled`: what an entry writes anew although it is written once, and one before it
    did: the table and the key. `wholeness`: not empty if the entries go back to the making of the contract, or to an
    entry that bound all that was there; else rows may exist that no entry has. `bound_at`: when such an entry was
    written. `word_acts`: of each dispute, which act's words stand in which column, or their hash. `erased_people`: ids
    of persons; `erased`: ids of the confirmations, messages and disputes whose texts were erased.
    """

    rows: dict[str, dict[str, Columns]]
    word_acts: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    erased_people: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    wholeness: list[bool] = field(default_factory=list)
    bound_at: list[str] = field(default_factory=list)
    acts: set[str] = field(default_factory=set)
    doubled: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return bool(self.wholeness)


def replay(texts: Iterable[str]) -> Replayed:
    """Return what the entries of a contract's chain say, oldest first."""
    found = Replayed({})
    for text in texts:
        entry: Mapping[str, Any] = orjson.loads(text)
        found.doubled.extend(_doubled(found, entry))
        found.acts.add(entry["act"])
        if "bound" in entry:
            _read_bound(found, entry)
        for action in entry["actions"]:
            _read_action(found, entry, action)
        _read_rows(found, entry)
    return found


def _doubled(found: Replayed, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what an entry writes anew. Whoever can write into the record could rewrite by it what was bound before."""
    if entry["act"] in found.acts or ("bound" in entry and found.is_whole):
        yield "audit_logs", entry["act"]
    for table, key in _written_once(entry):
        if key in found.rows.get(table, {}):
            yield table, key
    if after := entry.get("after"):
        row = found.rows.get("contracts", {}).get(entry["chain"], {})
        is_next = is_only_money(entry) and after["version"] == row.get("version", 0) + 1
        if "status" in row and _is_impossible({**row, "version": after["version"]} if is_next else row, after):
            yield "contracts", entry["chain"]
    if proposal := entry.get("proposal"):
        row = found.rows.get("contract_proposals", {}).get(str(proposal["n"]), {})
        if _differs(row, {**proposal, "by_id": proposal.get("by")}, ("kind", "terms", "by_id", "split_minor")):
            yield "contract_proposals", str(proposal["n"])
    if dispute := entry.get("dispute"):
        row = found.rows.get("disputes", {}).get(dispute["id"], {})
        stays = ("opened_by", *(_OF_A_STATUS if row.get("status") == dispute["status"] else ()))
        if row.get("status") == "closed" or _differs(row, dispute, stays):
            yield "disputes", dispute["id"]
    yield from impossible_money(found.rows, entry)


def _is_impossible(row: Columns, after: Mapping[str, Any]) -> bool:
    """Whether the contract cannot have gone on so: to that status, or at all, as it was over. `row`: as it was."""
    try:
        status_between(Status(row["status"]), Status(after["status"]))
    except (IllegalTransitionError, ValueError):
        is_same = row["status"] == after["status"]
        return not is_same or _differs(row, {**after, "settled_quantity": after.get("settled")}, _OF_AN_END)
    return False


def _written_once(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("contract_parties", party["id"]) for party in entry.get("parties", ()) if party.get("role"))
    yield from (("sms_logs", message["id"]) for message in entry.get("texts", ()))
    if heard := entry.get("heard"):
        yield "sms_logs", heard["id"]
    if form := entry.get("files", {}).get("form"):
        yield "contract_forms", form
    for action in entry["actions"]:
        if action["action"] == "dispute.file":
            yield "dispute_files", action["details"]["file"]


def _differs(row: Columns, told: Mapping[str, Any], columns: Iterable[str]) -> bool:
    return any(column in row and row[column] != told.get(column) for column in columns)


def _read_bound(found: Replayed, entry: Mapping[str, Any]) -> None:
    """Take all rows as the entry has them, in place of what entries before it said of some."""
    found.wholeness.append(True)
    found.bound_at.append(entry["at"])
    found.rows.clear()
    found.rows.update({table: {key: dict(row) for key, row in rows.items()} for table, rows in entry["bound"].items()})
    found.word_acts.clear()
    for key, dispute in found.rows.get("disputes", {}).items():
        found.word_acts[key] = dispute.pop("words")


def _read_action(found: Replayed, entry: Mapping[str, Any], action: Mapping[str, Any]) -> None:
    details = action["details"]
    match action["action"]:
        case "contract.made":
            found.wholeness.append(True)
            made = {"created_at": entry["at"], "source": action["channel"], **dict.fromkeys(_STEPS)}
            _rows(found, "contracts").setdefault(entry["chain"], made)
        case "dispute.file":
            file = _rows(found, "dispute_files")[details["file"]] = {
                "dispute_id": details["dispute"], "sha256": details["sha256"], "added_at": entry["at"],
            }  # fmt: skip
            if "media_type" in details:
                file["media_type"] = details["media_type"]
        case "record.erased":
            found.erased_people.add(details["person"])
            found.erased.update(details["texts"])
        case name if name in _WORDS and "dispute" in entry:
            columns = found.word_acts.setdefault(entry["dispute"]["id"], {})
            if name == "dispute.answered":
                columns.setdefault("replies", []).append(entry["act"])
            else:
                columns[_WORDS[name]] = [entry["act"]]
        case _:
            pass


def _read_rows(found: Replayed, entry: Mapping[str, Any]) -> None:
    if after := entry.get("after"):
        _read_contract(_rows(found, "contracts").setdefault(entry["chain"], {}), after, entry["at"])
    for party in entry.get("parties", ()):
        _read_party(found, party, entry["at"])
    if proposal := entry.get("proposal"):
        _read_proposal(found, proposal, entry["at"])
    if delivery := entry.get("delivery"):
        _rows(found, "deliveries")[entry["act"]] = {
            "phone_id": delivery["by"], "kind": delivery["kind"], "quantity": delivery.get("quantity"),
            "evidence": delivery["evidence"], "at": entry["at"],
        }  # fmt: skip
    if dispute := entry.get("dispute"):
        _read_dispute(found, dispute, entry["at"])
    read_money(found.rows, entry)
    if request := entry.get("request"):
        asked = _rows(found, "contract_requests")
        before = asked.get(request["to"])
        asked[request["to"]] = {"asked_at": entry["at"]}
        if before or found.is_whole:
            asked[request["to"]]["asked_before"] = before["asked_at"] if before else None
    if "statement" in entry:
        _rows(found, "confirmations")[entry["act"]] = {"statement": entry["statement"]}
        _rows(found, "confirmation_texts")[entry["act"]] = {}
    if form := entry.get("files", {}).get("form"):
        _rows(found, "contract_forms")[form] = {"made_at": entry["at"]}
    for direction, message in (*(("out", each) for each in entry.get("texts", ())), ("in", entry.get("heard"))):
        if message:
            _rows(found, "sms_logs")[message["id"]] = {
                "direction": direction, "phone_id": message["to" if direction == "out" else "by"],
                "kind": message["kind"], "sha256": message["sha256"], "act_id": entry["act"], "created_at": entry["at"],
            }  # fmt: skip


def _read_contract(row: Columns, after: Mapping[str, Any], at: str) -> None:
    following, clock = after.get("next", {}), after.get("clock", {})
    if row.get("terms_version") != after["terms_version"]:
        row.pop("terms", None)  # the new ones are in a form
    row |= {
        **{column: after.get(column) for column in ("version", "status", "terms_version", "form", "total_minor")},
        "currency": after["currency"], "delivered_at": after.get("delivered_at"),
        "settled_quantity": after.get("settled"), "next_what": following.get("what"), "next_at": following.get("at"),
        "clock_stopped_at": clock.get("stopped_at"), "clock_stopped_by": clock.get("stopped_by"),
        "clock_started_at": clock.get("started_at"),
    }  # fmt: skip
    if not row.keys() >= set(_STEPS):
        return  # what was before is not known yet
    for status in (after.get("through"), after["status"]):
        column = f"{str(status).lower()}_at"
        if column in _STEPS:
            row[column] = row[column] or at  # each date is that of the first time


def _read_party(found: Replayed, party: Mapping[str, Any], at: str) -> None:
    if role := party.get("role"):
        _rows(found, "contract_parties")[party["id"]] = {"role": role, "person": party.get("person"), "since": at}
    if answer := party.get("signature"):
        settled_at = None if answer == "pending" else at
        _rows(found, "contract_signatures")[party["id"]] = {"status": answer, "settled_at": settled_at}


def _read_proposal(found: Replayed, proposal: Mapping[str, Any], at: str) -> None:
    rows, key = _rows(found, "contract_proposals"), str(proposal["n"])
    row = rows.setdefault(key, {"created_at": at} if found.is_whole else {})
    row |= {
        **{name: proposal.get(name) for name in ("kind", "terms", "consented", "waiting", "status", "split_minor")},
        "by_id": proposal.get("by"), "settled_at": None if proposal["status"] == "pending" else at,
    }  # fmt: skip


def _read_dispute(found: Replayed, dispute: Mapping[str, Any], at: str) -> None:
    """A date of a dispute is that of the act that brought it there."""
    rows, key = _rows(found, "disputes"), dispute["id"]
    dates = dict.fromkeys(("decided_at", "appealed_at", "appealed_by"))
    row = rows.setdefault(key, {"opened_at": at, **dates} if found.is_whole else {})
    is_decided = "decided" in (dispute["status"], dispute.get("ended"))
    if is_decided and row.get("status") in ("open", "appealed"):
        row["decided_at"] = at
    if "appealed_by" in dispute:
        row |= {"appealed_by": dispute["appealed_by"], "appealed_at": at}
    row |= {name: dispute.get(name) for name in ("opened_by", "status", "escalated_at", "ended", "settled_n")}
    row |= {name: dispute.get(name) for name in ("decision", "split_minor")}
    row |= {"closed_at": at if dispute["status"] == "closed" else None, "replies": dispute["replies"]}


def _rows(found: Replayed, table: str) -> dict[str, Columns]:
    return found.rows.setdefault(table, {})

"""What an event says, made from the audit entry or the fate at its position. Pure.

An event names people by their ids and says nothing that they wrote: who needs a number or a text asks the REST API for
it, which notes who looks. An event is always made anew and always comes out the same, as entries never change; but an
event about a message is gone with its message (docs/privacy.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.proof.statements import utc_timestamp
from values.frozen import Frozen
from values.ids import SERVICE_CHAIN

VERSION: Final = 1  # of the shape: what is added keeps it, and a field that goes or changes its meaning does not

Json = dict[str, Any]


class FeedEvent(Frozen):
    """One event. `position`: its place in the feed, from 1; `lane`: the contract, else the person, that it is about, in
    whose order webhooks are sent; `body`: its JSON, the same wherever it is shown."""

    position: int
    type: str
    lane: UUID
    contract_id: UUID | None
    body: bytes


def events_of(rows: Iterable[Mapping[str, Any]], after: int) -> list[FeedEvent]:
    """Return the events behind the position `after` that rows of the query feed.after hold."""
    return [event for row in rows for event in _events_at(row) if event.position > after]


def _events_at(row: Mapping[str, Any]) -> Iterator[FeedEvent]:
    if row["is_fate"]:
        if row["message_id"] is not None:
            yield _fate(row)
    elif row["chain_id"] is not None:
        said = _told(row)
        for place, (kind, data) in enumerate(said):
            yield _event(row, row["position"] + place, kind, row["at"], data)


def _told(row: Mapping[str, Any]) -> list[tuple[str, Json]]:
    """Return types and data of an audit entry's events: the message that came, each action, the messages queued. They
    are as many as feed.number counts."""
    if row["text"] is None:  # from before entries had texts
        one = {name: row[name] for name in ("action", "channel", "details")}
        entry: Json = {"actions": [{**one, "actor": row["actor_id"] and str(row["actor_id"])}]}
    else:
        entry = orjson.loads(row["text"])
    told = []
    if heard := entry.get("heard"):
        told.append(("message.received", _message(heard["id"], "in", heard["kind"], "received", heard.get("by"))))
    told += [(action["action"], _action(row, entry, action)) for action in entry["actions"]]
    for text in entry.get("texts", ()):
        told.append(("message.queued", _message(text["id"], "out", text["kind"], "queued", text.get("to"))))
    return told


def _action(row: Mapping[str, Any], entry: Json, action: Json) -> Json:
    actor = action["actor"]
    data: Json = {
        "actor": {"id": actor, "role": (row["roles"] or {}).get(actor)} if actor else None,
        "channel": action["channel"], "details": action["details"],
    }  # fmt: skip
    if after := entry.get("after"):
        data["after"] = {name: after[name] for name in ("status", "version", "terms_version")}
    if row["contract_id"] is None and row["chain_id"] != SERVICE_CHAIN:
        data["person"] = str(row["chain_id"])
    return data


def _fate(row: Mapping[str, Any]) -> FeedEvent:
    person = row["phone_id"] and str(row["phone_id"])
    data = _message(str(row["message_id"]), row["direction"], row["kind"], row["status"], person)
    if row["why"] is not None:
        data["why"] = row["why"]
    return _event(row, row["position"], f"message.{row['status']}", row["fate_at"], data)


def _message(message_id: str, direction: str, kind: str, status: str, person: str | None) -> Json:
    return {"message": {"id": message_id, "direction": direction, "kind": kind, "status": status}, "person": person}


def _event(row: Mapping[str, Any], position: int, kind: str, at: Any, data: Json) -> FeedEvent:
    contract_id = row["contract_id"]
    contract = contract_id and {"id": str(contract_id), "reference": row["reference"]}
    body = {
        "id": str(position), "type": kind, "version": VERSION, "at": utc_timestamp(at), "contract": contract,
        "data": data,
    }  # fmt: skip
    lane = contract_id or (UUID(data["person"]) if data.get("person") else SERVICE_CHAIN)
    return FeedEvent(position, kind, lane, contract_id, orjson.dumps(body))

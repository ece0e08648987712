"""The list of events is whole: what the code writes into the audit, what becomes of messages, and docs/events.md."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from contracts.contract import Status, TimeAct
from contracts.escrow import acts as escrow_acts
from contracts.proof.handover import HANDED_OVER
from contracts.proof.replay import BOUND
from contracts.proof.revocation import REVOKED
from gateway.feed.catalogue import EVENT_TYPES
from gateway.feed.shapes import events_of
from storage.feed import FeedNumbers
from tests.gateway.commands.every_kind import write_every_kind
from tests.gateway.operator_client import Operator

ROOT = Path(__file__).parents[3]
# Who makes an action of the audit, with the place of its name among the arguments.
_MAKERS = {
    "AuditRow": 0, "audit_row": 0, "_audit_row": 0, "_plan_on_person": 0, "add_service_action": 0, "note": 1,
    "plan_of_money": 2, "_plan_on_dispute": 2,
}  # fmt: skip
_ACTION = re.compile(r"[a-z_]+\.[a-z_]*[a-z]")
_IN_SQL = re.compile(r"'(?:ussd|sms|api|service)',\s*'([a-z_]+\.[a-z_]+)'")
_EXAMPLE = re.compile(r"^\| `(?P<type>[a-z_]+\.[a-z_]+)` \| (?P<what>[^|]+) \| `(?P<data>\{.*\})` \|$", re.MULTILINE)

# Names that the code puts together, from what they are made of.
_STATUSES = {f"contract.{status.lower()}" for status in Status} - {"contract.pending"}
_TIME = {f"time.{act}" for act in TimeAct}
_ANSWERS = {f"{subject}.{answer}" for subject in ("contract", "proposal") for answer in ("confirm", "decline")}
_MONEY = {f"money.{done}" for done in (*escrow_acts._DONE.values(), "prompt_not_needed", "prompt_given_up")}
_FATES = {
    f"message.{status}"
    for status in ("received", "queued", "submitted", "delivered", "failed", "rejected", "expired", "unconfirmed")
}


def literals(node: ast.AST) -> Iterator[str]:
    """Yield the names of actions that an argument may be: a literal, or one of two."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and _ACTION.fullmatch(inner.value):
            yield inner.value


def written_by_python() -> set[str]:
    found = set[str]()
    for room in ("contracts", "gateway", "storage"):
        for file in (ROOT / room).rglob("*.py"):
            tree = ast.parse(file.read_text())
            assigned = {
                name.id: node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for name in node.targets
                if isinstance(name, ast.Name)
            }
            for node in ast.walk(tree):
                if not isinstance(node, ast.Call):
                    continue
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in _MAKERS and len(node.args) > _MAKERS[called]:
                    named = node.args[_MAKERS[called]]
                    found |= set(literals(assigned.get(named.id, named) if isinstance(named, ast.Name) else named))
    return found


def written_by_sql() -> set[str]:
    texts = [file.read_text() for file in (ROOT / "sql" / "queries").glob("*.sql")]
    return {match[1] for text in texts for match in _IN_SQL.finditer(text)}


def test_the_list_has_all_that_the_code_writes_and_nothing_else() -> None:
    made = _STATUSES | _TIME | _ANSWERS | _MONEY | _FATES | {
        HANDED_OVER, REVOKED, BOUND, "contract.resumed", "operator.rotated", "operator.revoked",
    }  # fmt: skip
    written = written_by_python() | written_by_sql() | made
    assert len(written) > 80, "does the search still find them?"
    assert sorted(written - EVENT_TYPES.keys()) == [], "what the code writes has a line in gateway/feed/catalogue.py"
    assert sorted(EVENT_TYPES.keys() - written) == [], "the list has what nothing writes"


def test_the_page_shows_every_event_with_an_example() -> None:
    page = (ROOT / "docs" / "events.md").read_text()
    shown = {match["type"]: (match["what"], json.loads(match["data"])) for match in _EXAMPLE.finditer(page)}
    assert {kind: what for kind, (what, _) in shown.items()} == dict(EVENT_TYPES)
    for kind, (_, data) in shown.items():
        if kind in _FATES:
            assert data["message"]["status"] == kind.removeprefix("message.") and "person" in data
        else:
            assert {"actor", "channel", "details"} <= data.keys() <= {"actor", "channel", "details", "after", "person"}


async def test_every_kind_of_act_makes_events_of_the_list(operator: Operator, database_url: str) -> None:
    await write_every_kind(operator)
    numbers = await FeedNumbers.open(database_url)
    last = await numbers.number()
    numbers.connection.terminate()
    events = events_of(await operator.services.feed.rows.after(0, last), 0)
    assert [event.position for event in events] == list(range(1, last + 1))
    assert {event.type for event in events} <= EVENT_TYPES.keys()
    for event in events:
        body = json.loads(event.body)
        assert body.keys() == {"id", "type", "version", "at", "contract", "data"} and body["version"] == 1

"""Check what a storm did. Pure, from the queue as it was written, the rows as they are, and what the provider took."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.storm.queue import Queued
from bench.storm.read_back import FINAL, AcceptedIds, StoredMessage

_SHOWN = 20
_NEVER_REPORTED = "the provider never reported on it"
_PROVIDERS_WORDS = re.compile(r"(?<=HTTP )(\d{3}).*|(?<=provider: ).*")


@dataclass(slots=True)
class CheckResult:
    """`ends`: rows by final status and why. `times_taken`: by class, how many rows were accepted how often.
    `doubled_by`: rows that were accepted more than once, by why their tries were left unsure. `unknown_but_taken`: rows
    given up because nobody knew whether they arrived, which the provider did take."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    times_taken: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    doubled_by: Counter[str] = field(default_factory=Counter)
    unknown_but_taken: int = 0
    unsure_tries: int = 0
    tries: int = 0
    accepted: int = 0
    wrong: list[str] = field(default_factory=list)
    wrongs: int = 0

    def add_fault(self, why: str) -> None:
        self.wrongs += 1
        if len(self.wrong) < _SHOWN:
            self.wrong.append(why)


def check(queue: Sequence[Queued], rows: Sequence[StoredMessage], accepted: AcceptedIds) -> CheckResult:
    """Count everything, and list all that is wrong."""
    result, queued = CheckResult(), {message.id: message for message in queue}
    for row in rows:
        ids = accepted.get((row.msisdn, row.text), [])
        result.ends[row.status, _plainly(row)] += 1
        result.times_taken[row.message_class][len(ids)] += 1
        result.tries += row.tries
        result.unsure_tries += row.unsure
        result.accepted += len(ids)
        if len(ids) > 1:
            result.doubled_by[" + ".join(sorted({_short(why) for why in row.unsure_because})) or "NOTHING"] += 1
        result.unknown_but_taken += bool(ids and row.status == "failed" and row.outcomes[-1][0] == "unsure")
        for why in (*_of_row(row), *_of_texts(row, ids), *_of_orders(queued.get(row.id), ids)):
            result.add_fault(f"{row.id} ({row.message_class}, {row.status}): {why}")
    if missing := queued.keys() - {row.id for row in rows}:
        result.add_fault(f"{len(missing)} messages have no row")
    known = {(row.msisdn, row.text) for row in rows}
    for strange in accepted.keys() - known:
        result.add_fault(f"the provider took {accepted[strange]}, which no row asked for")
    return result


def _of_row(row: StoredMessage) -> Iterator[str]:
    """It is final, says why, and agrees with its tries and reports."""
    if row.status not in FINAL:
        yield f"is not final: {row.why}"
    if row.status != "delivered" and not row.why:
        yield "does not say why"
    if len(row.outcomes) != row.tries:
        yield f"was tried {row.tries} times and {len(row.outcomes)} tries are kept"
    if len(row.accepted_ids) > 1:
        yield "was sent again after it was accepted for sure"
    if row.status == "delivered" and "delivered" not in row.reported:
        yield "nobody reported it delivered"
    if row.why == _NEVER_REPORTED and row.reported:
        yield f"was reported on: {set(row.reported)}"
    if "delivered" in row.reported and row.status != "delivered":
        yield "was reported delivered"


def _of_texts(row: StoredMessage, ids: Sequence[str]) -> Iterator[str]:
    """What it claims to be was accepted for it, and what was accepted for it is accounted for."""
    if row.provider_message_id and row.provider_message_id not in ids:
        yield f"has the id {row.provider_message_id}, under which the provider took something else"
    if astray := [id_ for id_ in row.accepted_ids if id_ not in ids]:
        yield f"was never accepted as {astray}"
    if len(ids) - len(row.accepted_ids) > row.unsure:
        yield f"was accepted {len(ids)} times, with {row.outcomes}"


def _of_orders(queued: Queued | None, ids: Sequence[str]) -> Iterator[str]:
    if queued is None:
        yield "was not in the queue"
    elif ids and queued.is_late:
        yield "was sent too late"
    elif ids and queued.is_unwanted and queued.message_class != "critical":
        yield "was sent to somebody who wants none"


def _plainly(row: StoredMessage) -> str:
    """The reason, without the provider's own words."""
    return _PROVIDERS_WORDS.sub(lambda found: found.group(1) or "…", row.why) if row.why else ""


def _short(why: str) -> str:
    return "the worker was killed" if why.startswith("the sender stopped") else "the answer was lost"

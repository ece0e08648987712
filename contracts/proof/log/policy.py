"""A policy file (c2sp.org/tlog-policy): which logs a reader believes, which witnesses, and how many of these it takes.

    log example.com/log+3f2a9c01+AVx5...
    witness union witness.union.example+7bd2f0a4+BH3k... https://witness.union.example/
    witness bank witness.bank.example+0c11d7e2+BJ1c...
    group both all union bank
    quorum both

Names are octets, compared as they are; what is no UTF-8 is kept. A file that says anything else is refused as a whole.
"""

from collections.abc import Iterable, Iterator
from typing import NoReturn

from contracts.proof.log.checkpoints import Checkpoint, parse_checkpoint
from contracts.proof.log.keys import COSIGNATURE, ED25519, BadKey, VerifierKey, parse_key
from contracts.proof.log.notes import BadNote, Verified, open_note
from values.frozen import Frozen

NO_QUORUM = "none"
_COUNTS = {"any": 1}


class BadPolicy(ValueError):  # noqa: N818 - it reads as what is the case
    """A policy file that is refused; the message names the line."""


class LogLine(Frozen):
    """A log that is believed. The name of its key is its origin."""

    key: VerifierKey
    url: str | None = None


class WitnessLine(Frozen):
    """A witness. `name`: what groups and the quorum call it; its key has a name of its own."""

    name: str
    key: VerifierKey
    url: str | None = None


class Group(Frozen):
    """It has witnessed a checkpoint when `least` of its members have."""

    name: str
    least: int
    members: tuple[str, ...]


class Policy(Frozen):
    """What a policy file says. `quorum`: a witness, a group, or NO_QUORUM."""

    logs: tuple[LogLine, ...]
    witnesses: tuple[WitnessLine, ...]
    groups: tuple[Group, ...]
    quorum: str

    def has_quorum(self, witnessed: Iterable[str]) -> bool:
        """Return whether it is enough that these witnesses, by their names in the file, have cosigned."""
        met = {*witnessed, NO_QUORUM}
        for group in self.groups:  # a group's members come before it
            if sum(member in met for member in group.members) >= group.least:
                met.add(group.name)
        return self.quorum in met


class Witnessed(Frozen):
    """A checkpoint that a log of the policy signed. `cosigned`: when each witness of the policy says it signed, in
    seconds since 1970, by its name in the file; `has_quorum`: whether they are enough."""

    checkpoint: Checkpoint
    log: VerifierKey
    cosigned: dict[str, int]
    has_quorum: bool


def check_checkpoint(policy: Policy, note: bytes) -> Witnessed:
    """Read a checkpoint's note under a policy.

    Raise BadNote if it is no checkpoint, if no log of the policy signed it under its own origin, or if a signature of a
    key of the policy is wrong. Too few witnesses raise nothing: see `has_quorum`.
    """
    keys = [*(line.key for line in policy.logs), *(line.key for line in policy.witnesses)]
    read, verified = open_note(note, keys)
    checkpoint = parse_checkpoint(read.text)
    by_log = [each.key for each in verified if each.key.kind == ED25519 and each.key.name == checkpoint.origin]
    if not by_log:
        raise BadNote(f"no log of the policy signed it as {checkpoint.origin}")
    cosigned = dict(_cosignatures(policy, verified))
    return Witnessed(checkpoint, by_log[0], cosigned, policy.has_quorum(cosigned))


def parse_policy(read: bytes) -> Policy:
    """Read a policy file. Raise BadPolicy."""
    reader = _PolicyReader()
    for number, line in enumerate(read.split(b"\n"), 1):
        if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in line):
            raise BadPolicy(f"line {number}: a control character")
        words = line.decode(errors="surrogateescape").replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            try:
                reader.read(words)
            except (BadPolicy, BadKey) as error:
                raise BadPolicy(f"line {number}: {error}") from None
    return reader.policy()


def _cosignatures(policy: Policy, verified: Iterable[Verified]) -> Iterator[tuple[str, int]]:
    """Yield the newest time of each witness."""
    names = {line.key: line.name for line in policy.witnesses}
    found = [(names[each.key], each.timestamp) for each in verified if each.key in names]
    yield from sorted((name, at) for name, at in found if at is not None)


class _PolicyReader:
    """Reads line by line: a line may name only what stands before it."""

    def __init__(self) -> None:
        self._logs = list[LogLine]()
        self._witnesses = list[WitnessLine]()
        self._groups = list[Group]()
        self._quorums = list[str]()
        self._names = set[str]()
        self._members = set[str]()

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._logs.append(LogLine(self._key(key, ED25519, self._logs), *url))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._witnesses.append(WitnessLine(name, self._key(key, COSIGNATURE, self._witnesses), *url))
                self._define(name)
            case ["group", name, least, *members] if members:
                self._groups.append(Group(name, _least(least, len(members)), tuple(members)))
                self._take(members)
                self._define(name)
            case ["quorum", name]:
                if name != NO_QUORUM and name not in self._names:
                    _refuse(f"{name!r} stands nowhere above")
                self._quorums.append(name)
            case _:
                _refuse(f"{words[0]!r} is none of log, witness, group and quorum, or has too few or too many words")

    def policy(self) -> Policy:
        if len(self._quorums) != 1:
            raise BadPolicy(f"it has {len(self._quorums)} quorum lines, and should have one")
        return Policy(tuple(self._logs), tuple(self._witnesses), tuple(self._groups), self._quorums[0])

    def _define(self, name: str) -> None:
        if name == NO_QUORUM or name in self._names:
            _refuse(f"the name {name!r} is taken")
        self._names.add(name)

    def _take(self, members: list[str]) -> None:
        for member in members:
            if member not in self._names:
                _refuse(f"{member!r} stands nowhere above")
            if member in self._members:
                _refuse(f"{member!r} is a member twice")
            self._members.add(member)

    def _key(self, text: str, kind: int, lines: list[LogLine] | list[WitnessLine]) -> VerifierKey:
        key = parse_key(text)
        if key.kind != kind:
            _refuse(f"the key of {key.name} is of type {key.kind}, and should be of type {kind}")
        if any(line.key.public_key == key.public_key for line in lines):
            _refuse(f"the key of {key.name} stands above already, if under another name")
        return key


def _least(word: str, members: int) -> int:
    if word == "all":
        return members
    least = _COUNTS.get(word) or (int(word) if word.isascii() and word.isdecimal() and len(word) < 6 else 0)
    if not 1 <= least <= members:
        _refuse(f"{word!r} of {members} members is not all, any or a number from 1 to {members}")
    return least


def _refuse(why: str) -> NoReturn:
    raise BadPolicy(why)

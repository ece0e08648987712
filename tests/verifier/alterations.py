"""The files of a pack, altered in one way or another."""

import hashlib
import re
from collections.abc import Callable
from random import Random
from typing import Any

import orjson

from contracts.proof.canonical import canonical_json
from contracts.proof.revocation import revocation_details
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN
from tests.gateway.operator_client import NOON
from tests.verifier.two_verifiers import OURS, listed_anew

Files = dict[str, bytes]


def changed_json(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    """Return the files with one of them written anew, in the one right spelling."""
    value = orjson.loads(files[name])
    done = change(value)
    return {**files, name: canonical_json(value if done is None else done)}


def altered_json(value: Any, chance: Random) -> Any:
    """Return the same value with one part replaced or left out."""
    if isinstance(value, dict) and value and chance.randrange(7):
        name = chance.choice(sorted(value))
        if chance.randrange(3):
            return {**value, name: altered_json(value[name], chance)}
        return {key: each for key, each in value.items() if key != name}
    if isinstance(value, list) and value and chance.randrange(7):
        at = chance.randrange(len(value))
        return [*value[:at], altered_json(value[at], chance), *value[at + 1 :]]
    return chance.choice([None, True, 0, -1, 10**15, "", "x", [], {}, [[]], {"id": []}, [{}], 1.5])


def without(files: Files, *patterns: str) -> Files:
    return {name: content for name, content in files.items() if not any(re.fullmatch(each, name) for each in patterns)}


def rechained(files: Files, seq: int, old: bytes, new: bytes) -> Files:
    """Return the files with other words in a step, and all steps after it chained anew, as who has the database can."""
    found, before = dict(files), b""
    items = orjson.loads(files["audit.json"])
    for name in sorted(name for name in files if name.endswith(".entry")):
        number = int(name[6:10])
        if number >= seq:
            text = files[name][32:]
            assert number > seq or old in text
            found[name] = (before or files[name][:32]) + (text.replace(old, new) if number == seq else text)
            for item in items:
                if item["seq"] == number:
                    item |= {
                        "hash": hashlib.sha256(found[name]).hexdigest(),
                        "at": orjson.loads(found[name][32:])["at"],
                    }
        before = hashlib.sha256(found[name]).digest()
    return {**found, "audit.json": orjson.dumps(items)}


def with_step(files: Files, text: bytes) -> Files:
    """Return the files of a pack of nine steps with a tenth."""
    content = hashlib.sha256(files["audit/0009.entry"]).digest() + text
    (action,), at = orjson.loads(text)["actions"], orjson.loads(text)["at"]
    item = {
        "seq": 10, "at": at, "action": action["action"], "channel": action["channel"], "party": action["actor"],
        "hash": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    found = changed_json({**files, "audit/0010.entry": content}, "audit.json", lambda items: [*items, item])
    last = {"seq": 10, "at": at, "action": action["action"]}
    return listed_anew(changed_json(found, "pack.json", lambda pack: {**pack, "last_step": last}))


def bound_again(files: Files) -> Files:
    """A step at the end binds all rows, as one does of a contract from before steps bound them."""
    last = orjson.loads(files["audit/0009.entry"][32:])
    action: Any = {"action": "record.bound", "actor": None, "channel": "service", "details": {}}
    text = {
        "format": last["format"], "chain": last["chain"], "act": "00000000-0000-0000-0000-0000000000aa",
        "at": last["at"], "actions": [action], "bound": {},
    }  # fmt: skip
    return with_step(files, canonical_json(text))


def with_revocation(
    files: Files, size: int, void: list[str], log_signer: Signer = LOG_SIGNER, key: Signer = OURS, origin: str = ORIGIN
) -> Files:
    """Return the files of a pack that was made after the key for words was taken back since this size of a log."""
    details = revocation_details(key.public_key, origin, size, "a stolen laptop", "op", NOON, log_signer)
    told = [{"key_id": key.key_id, "void": void, "revocation": details}]
    return listed_anew({**files, "revoked.json": orjson.dumps(told)})


def of_note(files: Files, change: Callable[[bytes], bytes]) -> Files:
    """Return the files with another checkpoint.note, in the proofs too."""
    old = files["checkpoint.note"]
    new = change(old)
    return {name: content.replace(old, new) if name.startswith(("audit/", "checkpoint.note")) else content
            for name, content in files.items()}  # fmt: skip

"""What somebody may do to a pack, and what a verifier must say of it.

Who has the service's key for words, as the operator has, can sign another list of files (`listed_anew`). What the key
of the log, the witnesses and the hashes hold together shows all the same.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from contracts.proof.canonical import canonical_json
from contracts.proof.log.inclusion_file import parse_inclusion_file, write_inclusion_file
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.notes import parse_note, sign_text, write_note
from storage.signing import Signer, pem_of
from tests.gateway.audit_record import ORIGIN
from tests.verifier.alterations import (
    bound_again,
    changed_json,
    of_note,
    rechained,
    with_revocation,
    with_step,
    without,
)
from tests.verifier.real_packs import UNION, policy
from tests.verifier.two_verifiers import OURS, listed_anew
from values.frozen import Frozen, replace

STRANGER = Signer.from_text("c3RyYW5nZXJzIHNpZ24gd2l0aCBzdWNoIGEga2V5ISE=")
LOG_OF_STRANGER = verifier_key(ORIGIN, ED25519, STRANGER.public_key)

Files = dict[str, bytes]
Change = Callable[[Files], Files]


class Attack(Frozen):
    """`change` makes the altered files from the whole ones. `file` and `why`: what is named first; a `*` in `file`
    stands for anything. `keys` and `policy` are given to the verifier."""

    name: str
    change: Change
    file: str
    why: str
    keys: tuple[str, ...] = ()
    policy: bytes | None = None

    def is_named(self, report: Mapping[str, Any]) -> bool:
        first = report["problems"][0] if report["problems"] else {"file": "", "why": ""}
        pattern = re.escape(self.file).replace(r"\*", ".*")
        return report["verdict"] == "broken" and first["why"] == self.why and bool(re.fullmatch(pattern, first["file"]))


def _swap(first: str, second: str) -> Change:
    return lambda files: listed_anew({**files, first: files[second], second: files[first]})


def _with(name: str, content: bytes) -> Change:
    return lambda files: listed_anew({**files, name: content})


def _flip(name: str) -> Change:
    def change(files: Files) -> Files:
        content = files[name]
        middle = len(content) // 2
        return {**files, name: content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]}

    return change


def _edited(name: str, change: Callable[[Any], Any]) -> Change:
    return lambda files: listed_anew(changed_json(files, name, change))


def _drop_answer(files: Files) -> Files:
    """An answer goes, also from the readable list."""
    left = without(files, r"confirmations/003\..*")
    return listed_anew(
        changed_json(
            left, "confirmations.json", lambda items: [each for each in items if "003" not in each["statement"]]
        )
    )


def _other_amount(files: Files) -> Files:
    """A lower sum in the terms, in both files that have them."""
    new = files["contract.json"].replace(b'"total_minor":17500050', b'"total_minor":1750005')
    assert new != files["contract.json"]
    return listed_anew({**files, "contract.json": new, "forms/terms-001.json": new})


def _own_key(files: Files) -> Files:
    """A stranger signs the list, and puts his key beside."""
    found = {**files, f"keys/{STRANGER.key_id}.pem": pem_of(STRANGER.public_key)}
    return listed_anew(changed_json(found, "pack.json", lambda pack: {**pack, "key": STRANGER.key_id}), STRANGER)


def _own_log(files: Files) -> Files:
    """Whoever has no key of the log makes one, and writes it into pack.json."""

    def signed(note: bytes) -> bytes:
        text = parse_note(note).text
        return write_note(text, [sign_text(text, ORIGIN, STRANGER)])

    found = of_note(files, signed)
    found["checkpoint.sig"] = STRANGER.sign(found["checkpoint.txt"])
    return listed_anew(
        changed_json(
            found,
            "pack.json",
            lambda pack: {**pack, "log": {**pack["log"], "key": LOG_OF_STRANGER.line}, "witnesses": []},
        )
    )


def _drop_cosignature(files: Files) -> Files:
    found = of_note(files, lambda note: b"".join(line for line in note.splitlines(True) if b"union" not in line))
    return listed_anew(changed_json(found, "pack.json", lambda pack: {**pack, "witnesses": pack["witnesses"][:1]}))


def _shift_proof(files: Files) -> Files:
    proof = parse_inclusion_file(files["audit/0004.tlog-proof"])
    other = write_inclusion_file(replace(proof, index=proof.index ^ 1))
    return listed_anew({**files, "audit/0004.tlog-proof": other})


def _last_step_gone(files: Files) -> Files:
    left = without(files, r"audit/0009\..*", r"confirmations/005\..*")
    left = changed_json(left, "audit.json", lambda items: [each for each in items if each["seq"] < 9])
    return listed_anew(
        changed_json(
            left, "confirmations.json", lambda items: [each for each in items if "005" not in each["statement"]]
        )
    )


def _text_gone(files: Files) -> Files:
    def erased(items: Any) -> Any:
        items[2] |= {"file": None, "no_file": "erased"}

    return listed_anew(changed_json(without(files, "messages/003.json"), "messages.json", erased))


def _photo(files: Files, content: bytes | None) -> Files:
    (name,) = (name for name in files if name.startswith("disputes/"))
    return listed_anew({**files, name: content} if content is not None else without(files, name))


def _stamped_again(files: Files) -> Files:
    """A step at the end says what a file of a dispute is now, and the file is that."""
    (name,) = (name for name in files if name.startswith("disputes/"))
    told = [orjson.loads(file[32:]) for name, file in sorted(files.items()) if name.endswith(".entry")]
    action: Any = next(each for text in told for each in text["actions"] if each["action"] == "dispute.file")
    action["details"]["sha256"] = hashlib.sha256(b"dry bags").hexdigest()
    last = {**told[-1], "act": "00000000-0000-0000-0000-0000000000aa", "actions": [action]}
    text = canonical_json({key: last[key] for key in ("format", "chain", "act", "at", "actions")})
    return with_step({**files, name: b"dry bags"}, text)


def _other_letter(found: re.Match[bytes]) -> bytes:
    return b"/" if found[0] == b"+" else b"+"


def _first_item(**changed: Any) -> Callable[[Any], Any]:
    def change(items: Any) -> Any:
        items[0] |= changed

    return change


def _spaced(files: Files) -> Files:
    return listed_anew({**files, "pack.json": files["pack.json"].replace(b",", b", ", 1)})


def _twice(files: Files) -> Files:
    return listed_anew({**files, "pack.json": files["pack.json"].replace(b'{"ask"', b'{"ask":"","ask"', 1)})


_DEEP = b"[" * 100_000 + b"]" * 100_000

ATTACKS = [
    # by whoever has no key
    Attack("a bit of a step", _flip("audit/0002.entry"), "audit/0002.entry", "changed"),
    Attack("a bit of the paper", _flip("contract.pdf"), "contract.pdf", "changed"),
    Attack("a bit of its signature", _flip("SHA256SUMS.sig"), "SHA256SUMS", "list_signature"),
    Attack("a file added", lambda files: {**files, "evil.txt": b"x"}, "evil.txt", "stranger"),
    Attack("a file taken away", lambda files: without(files, r"messages/001\.json"), "messages/001.json", "missing"),
    Attack("the signature taken away", lambda files: without(files, r"SHA256SUMS\.sig"), "SHA256SUMS", "no_signature"),
    Attack("his own key", _own_key, "SHA256SUMS", "key_not_given", keys=(OURS.key_id,)),
    Attack("his own log", _own_log, "checkpoint.note", "note_log", policy=policy("none")),
    # by the operator, who has the key for words, and wants to have it otherwise
    Attack("another sum", _other_amount, "confirmations/001.json", "no_form"),
    Attack("another sum in one file alone", lambda files: listed_anew({**files, "contract.json": b"{}"}),
           "contract.json", "not_in_force"),
    Attack("an answer dropped", _drop_answer, "audit/0006.entry", "answer_gone"),
    Attack("an answer invented", lambda files: listed_anew({
        **files, "confirmations/008.json": files["confirmations/001.json"].replace(b"delivered", b"received"),
        f"confirmations/008.{OURS.key_id}.sig":
            OURS.sign(files["confirmations/001.json"].replace(b"delivered", b"received")),
        }), "confirmations/008.json", "not_named"),
    Attack("an answer shown twice", lambda files: listed_anew({
        **files, "confirmations/008.json": files["confirmations/001.json"],
        f"confirmations/008.{OURS.key_id}.sig": files[f"confirmations/001.{OURS.key_id}.sig"],
        }), "confirmations/008.json", "named_twice"),
    Attack("a signature of another answer", lambda files: listed_anew({
        **files, f"confirmations/001.{OURS.key_id}.sig": files[f"confirmations/002.{OURS.key_id}.sig"],
        }), "confirmations/001.json", "signature"),
    Attack("other words in the readable list", _edited("confirmations.json", _first_item(answer="received")),
           "confirmations.json", "list_differs"),
    Attack("a PIN that nobody typed", _edited("confirmations.json", _first_item(pin="chosen")), "confirmations.json",
           "list_differs"),
    Attack("another network", _edited("confirmations.json", _first_item(network_code="63903")), "confirmations.json",
           "list_differs"),
    Attack("another channel in the list of steps", _edited("audit.json", _first_item(channel="voice")), "audit.json",
           "list_differs"),
    Attack("a file of another dispute", _edited("disputes.json", _first_item(dispute="x")), "disputes.json",
           "list_differs"),
    Attack("a file dated back", _edited("disputes.json", _first_item(added_at="2026-06-01T12:00:00.000000Z")),
           "disputes.json", "list_differs"),
    Attack("a status since another step", _edited("pack.json", lambda pack: {
        **pack, "since": "2026-06-01T12:00:00.000000Z"}), "pack.json", "last_step"),
    Attack("a file exchanged by a later step", _stamped_again, "audit/0010.entry", "written_anew"),
    Attack("all rows bound again", bound_again, "audit/0010.entry", "written_anew"),
    Attack("texts before two answers swapped", _swap("confirmations/003.shown.json", "confirmations/005.shown.json"),
           "confirmations/003.shown.json", "shown"),
    Attack("two SMS swapped", _swap("messages/001.json", "messages/002.json"), "messages/001.json", "text_unnamed"),
    Attack("an SMS said to be erased", _text_gone, "messages.json", "text_gone"),
    Attack("an SMS said to be another's", _edited("messages.json", _first_item(party=None)), "messages.json",
           "text_differs"),
    Attack("an SMS not listed", _edited("messages.json", lambda items: items[1:]), "messages.json", "text_unlisted"),
    Attack("another photo", lambda files: _photo(files, b"dry bags"), "disputes/*", "file_changed"),
    Attack("no photo", lambda files: _photo(files, None), "disputes.json", "list_differs"),
    Attack("another person", lambda files: listed_anew({
        name: content.replace(b"Amina", b"Amira") if name.startswith("people/") else content
        for name, content in files.items()}), "people/*", "person"),
    Attack("what was shown left out", lambda files: listed_anew(without(files, r"confirmations/003\.shown\.json")),
           "confirmations/003.json", "shown_gone"),
    Attack("a party left out", lambda files: listed_anew(
        without(files, next(name for name in files if name.startswith("people/")))), "contract.json", "person_gone"),
    Attack("the last step taken away", _last_step_gone, "pack.json", "last_step"),
    Attack("a step in the middle taken away", lambda files: listed_anew(without(files, r"audit/0004\..*")),
           "audit/0004.entry", "gap"),
    Attack("another status in pack.json", _edited("pack.json", lambda pack: {**pack, "status": "COMPLETED"}),
           "pack.json", "last_step"),
    Attack("another day in pack.json", _edited("pack.json", lambda pack: {
        **pack, "last_step": {**pack["last_step"], "at": "2026-06-01T12:00:00.000000Z"}}), "pack.json", "last_step"),
    Attack("another step in the readable list", _edited("audit.json", _first_item(action="contract.confirmed")),
           "audit.json", "list_differs"),
    Attack("words of a step altered, chained anew", lambda files: listed_anew(
        rechained(files, 5, b'"quantity":"12.5"', b'"quantity":"50.0"')), "audit/0005.tlog-proof", "proof_wrong"),
    Attack("a step dated back, chained anew", lambda files: listed_anew(changed_json(
        rechained(files, 7, b'"at":"2026-07-01', b'"at":"2026-06-01'), "disputes.json", _first_item(
            added_at="2026-06-01T12:00:00.000000Z"))), "audit/0007.tlog-proof", "proof_wrong"),
    Attack("all steps said to be too new", lambda files: listed_anew(changed_json(
        without(files, r".*tlog-proof", r"timestamp.*", r"checkpoint.*"), "pack.json",
        lambda pack: {**pack, "covered": 0, "log": None, "witnesses": [], "timestamp": None})), "pack.json",
        "no_checkpoint", keys=(OURS.key_id,), policy=policy()),
    Attack("a proof of another step", _swap("audit/0002.tlog-proof", "audit/0003.tlog-proof"), "audit/0002.tlog-proof",
           "proof_wrong"),
    Attack("a proof of another place", _shift_proof, "audit/0004.tlog-proof", "proof_wrong"),
    Attack("a proof dropped", lambda files: listed_anew(without(files, r"audit/0002\.tlog-proof")), "audit/0002.entry",
           "proof_gone"),
    Attack("a proof with an older checkpoint", _swap("audit/0008.tlog-proof", "timestamp.tlog-proof"),
           "audit/0008.tlog-proof", "proof_note"),
    Attack("a note with another root", lambda files: listed_anew(of_note(files, lambda note: re.sub(
        rb"(?<=\n10\n).", _other_letter, note))), "checkpoint.note", "note_signature"),
    Attack("a note that is none", _with("checkpoint.note", b"note"), "checkpoint.note", "note_form"),
    Attack("a witness that nobody knows", lambda files: files, "checkpoint.note", "quorum",
           policy=policy(union=verifier_key("witness.union.example", 4, STRANGER.public_key))),
    Attack("a cosignature that is missing", _drop_cosignature, "checkpoint.note", "quorum",
           keys=(OURS.key_id,), policy=policy()),
    Attack("a cosignature of another key", lambda files: listed_anew(of_note(files, lambda note: re.sub(
        rb"(?<=union.example .{32}).", _other_letter, note))), "checkpoint.note", "note_signature"),
    Attack("another time in pack.json", _edited("pack.json", lambda pack: {
        **pack, "witnesses": [{**each, "at": "2026-07-01T11:00:00.000000Z"} for each in pack["witnesses"]]}),
        "pack.json", "note_differs"),
    Attack("another text for openssl", _with("checkpoint.txt", b"x"), "checkpoint.txt", "note_differs"),
    Attack("another signature for openssl", _with("checkpoint.sig", UNION.sign(b"x")), "checkpoint.sig",
           "note_differs"),
    Attack("a policy that is none", _with("witnesses.txt", b"witness union x\n"), "witnesses.txt", "policy_form"),
    Attack("a key taken back by a stranger", lambda files: with_revocation(files, 99, [], STRANGER), "revoked.json",
           "revocation"),
    Attack("a key taken back in a log of others", lambda files: with_revocation(
        files, 9, ["confirmations/005.json"], origin="other.example/log"), "revoked.json", "revocation"),
    Attack("an answer of a stolen key that is to count", lambda files: with_revocation(
        files, 9, []), "revoked.json", "not_void"),
    Attack("an answer called void that counts", lambda files: with_revocation(
        files, 99, ["confirmations/001.json"]), "revoked.json", "void_counts"),
    Attack("an answer called void by another key's revocation", lambda files: with_revocation(
        files, 1, ["confirmations/001.json"], key=STRANGER), "revoked.json", "void_counts"),
    Attack("an answer called void that is not there", lambda files: with_revocation(
        files, 9, ["confirmations/009.json"]), "revoked.json", "field"),
    # files that are made to confuse
    Attack("a name twice in JSON", _twice, "pack.json", "json_form"),
    Attack("blanks in JSON", _spaced, "pack.json", "json_spelling"),
    Attack("deep JSON", _with("messages.json", _DEEP), "messages.json", "json_form"),
    Attack("JSON that is no UTF-8", _with("audit.json", b'["\xff"]'), "audit.json", "json_form"),
    Attack("half a letter in JSON", _with("audit.json", rb'["\ud800"]'), "audit.json", "json_form"),
    Attack("a number without end in JSON", _with("audit.json", b"[1e999]"), "audit.json", "json_form"),
    Attack("JSON of another kind", _with("audit.json", b"{}"), "audit.json", "json_form"),
    Attack("a key under another name", lambda files: listed_anew({**files, "keys/0000000000000000.pem":
        pem_of(STRANGER.public_key)}), "keys/0000000000000000.pem", "key_name"),
    Attack("a key that is none", _with("keys/0000000000000000.pem", b"x"), "keys/0000000000000000.pem", "key_form"),
    Attack("a list of files that is none", lambda files: {**files, "SHA256SUMS": b"x\n"}, "SHA256SUMS", "list_form"),
    Attack("a stray file among the answers", _with("confirmations/x.exe", b"MZ"), "confirmations/x.exe",
           "no_statement"),
    Attack("steps that are no text", lambda files: listed_anew({**files, "audit/0010.entry":
        hashlib.sha256(files["audit/0009.entry"]).digest() + b"\xff"}), "audit/0010.entry", "json_form"),
]  # fmt: skip

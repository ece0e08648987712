"""What anybody may know of the terms on a paper: whether they are in force. Pure.

Who asks has the document's hash or the short code, and learns a date and nothing about people. A wrong code and a
contract that does not exist get one answer.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.contract import Status
from contracts.proof.short_code import is_same
from values.frozen import Frozen, replace


class PaperVerdict(StrEnum):
    """The answer. The values are those of `/verify` in JSON."""

    IN_FORCE = "in_force"
    DISPUTED = "disputed"  # agreed to, and a problem is open
    REPLACED = "replaced"  # other terms were agreed to later
    NOT_AGREED = "not_agreed"  # not by all: they wait for an answer, or were declined
    VOID = "void"  # a key that signed one of the contract's answers was revoked, and the answer does not count
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_MATCH = "no_match"  # another code, or no such contract
    TOO_OFTEN = "too_often"


ON_RECORD = frozenset(PaperVerdict) - {PaperVerdict.NO_MATCH, PaperVerdict.TOO_OFTEN}
BY_ANSWERS = ON_RECORD - {PaperVerdict.NOT_AGREED}  # verdicts that hold only if the answers count
_ENDS: Mapping[str, PaperVerdict] = {
    Status.COMPLETED.value: PaperVerdict.COMPLETED,
    Status.CANCELLED.value: PaperVerdict.CANCELLED,
    Status.EXPIRED.value: PaperVerdict.EXPIRED,
}


class PaperCheck(Frozen):
    """A verdict on one version of a contract's terms.

    `since`: when these terms were agreed to (IN_FORCE, DISPUTED), replaced, or ended with the contract; None without a
    match, for terms that not all agreed to, and for VOID. `status` of the contract and `terms_version`: None without a
    match.
    """

    verdict: PaperVerdict
    since: datetime | None = None
    status: str | None = None
    terms_version: int | None = None


NO_MATCH = PaperCheck(PaperVerdict.NO_MATCH)
TOO_OFTEN = PaperCheck(PaperVerdict.TOO_OFTEN)


def void(check: PaperCheck) -> PaperCheck:
    """Return what to say instead of `check` if an answer of the contract does not count."""
    return replace(check, verdict=PaperVerdict.VOID, since=None)


def check_code(found: Mapping[str, Any] | None, code: str) -> PaperCheck:
    """Return the verdict on the terms with this short code. `found`: the row `evidence.public` of the contract, None if
    there is no such contract."""
    forms = found["forms"] or () if found else ()
    matches = [form["version"] for form in forms if form["code"] and is_same(form["code"], code)]
    return _verdict(found, matches[0]) if found and matches else NO_MATCH


def check_hash(found: Mapping[str, Any] | None, digest: str) -> PaperCheck:
    """Return the verdict on the terms whose form has this SHA-256 or BLAKE2b (hex)."""
    forms = found["forms"] or () if found else ()
    matches = [form["version"] for form in forms if digest in (form["sha256"], form["blake2b"])]
    return _verdict(found, matches[0]) if found and matches else NO_MATCH


def _verdict(found: Mapping[str, Any], version: int) -> PaperCheck:
    status = found["status"]
    agreed = {
        form["version"]: datetime.fromisoformat(form["agreed_at"]) for form in found["forms"] if form["agreed_at"]
    }
    verdict, since = PaperVerdict.IN_FORCE, agreed.get(version)
    if since is None:
        verdict = PaperVerdict.NOT_AGREED
    elif version != found["terms_version"]:
        verdict, since = (
            PaperVerdict.REPLACED,
            min((at for other, at in agreed.items() if other > version), default=None),
        )
    elif status in _ENDS:
        verdict, since = _ENDS[status], found[f"{status.lower()}_at"]
    elif status == Status.DISPUTED.value:
        verdict = PaperVerdict.DISPUTED
    return PaperCheck(verdict, since, status, version)

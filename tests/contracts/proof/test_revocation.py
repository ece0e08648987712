"""Which keys are believed, and since when a revoked one is not: pure, over the details of entries."""

import base64
from typing import Any

import pytest

from contracts.proof.handover import Handover, believed_keys, handover_details
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.revocation import Revocation, revocation_details, revocations_in
from storage.signing import Signer
from tests.contracts.proof.make_forms import NOON

ORIGIN = "example.com/log"
LOG, FIRST, SECOND, THIEF = (Signer.from_text(base64.b64encode(bytes([n]) * 32).decode()) for n in range(4))
LOG_KEY = verifier_key(ORIGIN, ED25519, LOG.public_key)
WHY = "the laptop was stolen"


def revoked(signer: Signer = LOG, origin: str = ORIGIN, size: int = 9) -> dict[str, Any]:
    return revocation_details(FIRST.public_key, origin, size, WHY, "Ann", NOON, signer)


def test_a_revocation_that_the_logs_key_signed_counts() -> None:
    found = revocations_in([revoked(size=9), revoked(size=4)], [LOG_KEY])
    told = {"origin": ORIGIN, "because": WHY, "at": "2026-07-01T12:00:00.000000Z"}
    assert found == {FIRST.key_id: [Revocation(FIRST.key_id, size=size, **told) for size in (9, 4)]}
    assert [found[FIRST.key_id][0].holds(place) for place in (0, 8, 9, None)] == [True, True, False, False]


@pytest.mark.parametrize(
    "details",
    [
        revoked(FIRST),
        revoked(THIEF),
        revoked(size=9, origin="other.example/log"),
        *(
            revoked() | {name: value}
            for name, value in (
                ("size", 8), ("size", "9"), ("because", ""), ("operator", "Eve"), ("at", ""), ("key", None),
                ("key", base64.b64encode(SECOND.public_key).decode()), ("signature", "00" * 64), ("signature", "zz"),
                ("signature", 7),
            )
        ),
        {},
        {"key": "?"},
    ],
)  # fmt: skip
def test_what_it_did_not_sign_is_passed_over(details: dict[str, Any]) -> None:
    assert revocations_in([details], [LOG_KEY]) == {}


def test_a_log_takes_back_under_its_own_name_only() -> None:
    """Who has the key of one log cannot say since which size of another one."""
    other = verifier_key("other.example/log", ED25519, THIEF.public_key)
    assert revocations_in([revoked(THIEF), revoked(LOG)], [other]) == {}


def test_a_handover_that_came_too_late_leads_only_to_the_key_before() -> None:
    details, void = handover_details(FIRST, SECOND, NOON), frozenset({FIRST.key_id})
    for pinned, signer, counts in (
        (FIRST, frozenset[str](), True), (SECOND, frozenset[str](), True), (FIRST, void, False), (SECOND, void, True),
    ):  # fmt: skip
        believed = believed_keys({pinned.key_id: pinned.public_key}, [Handover(details, signer)])
        assert (len(believed) == 2) is counts, (pinned.key_id, signer)


@pytest.mark.parametrize("wrong", [{}, {"old": 1}, {"old": "?", "new": "?"}, {"old": "", "new": "", "at": 7}])
def test_an_entry_that_is_no_handover_leads_nowhere(wrong: dict[str, Any]) -> None:
    assert believed_keys({FIRST.key_id: FIRST.public_key}, [Handover(wrong)]) == {FIRST.key_id: FIRST.public_key}
    details = handover_details(FIRST, SECOND, NOON)
    assert len(believed_keys({FIRST.key_id: FIRST.public_key}, [Handover(details | wrong)])) == (1 if wrong else 2)

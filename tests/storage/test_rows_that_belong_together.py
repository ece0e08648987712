# ruff: noqa: S608 - SQL of our own, put together here
"""Rows that contradict each other, and skipped statuses, are refused even to SQL as the service's own role."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from contracts.effects import Appeal, Complain, Confirm, Propose, Receive, SayDelivered, WithdrawDispute
from storage.migrations.runner import down, up
from storage.postgres.database import Connection
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body
from tests.gateway.signed_contract import act_behind_pin, confirmed_contract_id, decide_dispute, make_signed_contract

TOTAL = 17_500_050
MOVED = "UPDATE contracts SET version = version + 1; "
CONFIRM = "UPDATE contracts SET version = version + 1, status = 'CONFIRMED', confirmed_at = now()"
ACTIVE = "UPDATE contracts SET version = version + 1, status = 'ACTIVE', active_at = now()"
COMPLETE = "UPDATE contracts SET version = version + 1, status = 'COMPLETED', completed_at = now(), active_at = now()"
CANCEL = "UPDATE contracts SET version = version + 1, status = 'CANCELLED', cancelled_at = now()"
DISPUTE = "UPDATE contracts SET version = version + 1, status = 'DISPUTED', disputed_at = now(), active_at = now()"
CLOSE = "UPDATE disputes SET status = 'closed', closed_at = now(), ended = 'decided'"
END = CLOSE.replace("decided", "{}")
SIGN = "UPDATE contract_signatures SET status = 'signed', settled_at = now() WHERE status = 'pending'; "
ANOTHER = (
    "INSERT INTO contracts (id, reference, version, status, type, terms, total_minor, currency, source, created_at,"
    " confirmed_at, terms_version) SELECT gen_random_uuid(), '40718353', {version}, '{status}', type, terms,"
    " total_minor, currency, source, created_at, {confirmed}, {terms} FROM contracts"
)


OFFERED = (
    "INSERT INTO contracts (id, reference, type, terms, total_minor, currency, source, created_at)"
    " SELECT gen_random_uuid(), '40718353', type, terms, {}, currency, source, created_at FROM contracts"
)


def another(version: int = 1, status: str = "PENDING", confirmed: str = "NULL", terms: int = 1) -> str:
    """A contract that begins as it may not."""
    return ANOTHER.format(version=version, status=status, confirmed=confirmed, terms=terms)


def word(answer: str, details: str, role_: str | None = None) -> str:
    """Somebody's word, made up: the bytes of its signature are some that were made for another."""
    giver = "NULL" if role_ is None else f"(SELECT phone_id FROM contract_parties WHERE role = '{role_}')"
    subject = "dispute" if answer == "decide" else "delivery"
    return (
        "INSERT INTO confirmations (id, contract_id, phone_id, answer, subject, channel, provider, network_code,"
        " conversation, language, menu_version, answered_at, terms_version, form_sha256, shown_sha256, signature,"
        f" key_id, contract_version, details) SELECT gen_random_uuid(), c.id, {giver}, '{answer}', '{subject}',"
        f" '{'ussd' if role_ else 'api'}', '', '', '', '', '', now(), c.terms_version, form_sha256, shown_sha256,"
        f" signature, key_id, c.version, {details} FROM contracts c, (SELECT * FROM confirmations LIMIT 1) AS w; "
    )


def delivery(kind: str, quantity: str = "NULL", answer: str = "received_part") -> str:
    """A delivery for the newest word of this kind."""
    return (
        "INSERT INTO deliveries (id, contract_id, phone_id, kind, quantity, at)"
        f" SELECT id, contract_id, phone_id, '{kind}', {quantity}, now() FROM confirmations WHERE answer = '{answer}'"
        " ORDER BY contract_version DESC LIMIT 1"
    )


def proposal(n: int, status: str = "pending") -> str:
    settled = "NULL" if status == "pending" else "now()"
    return (
        "INSERT INTO contract_proposals (contract_id, n, kind, by_id, consented, waiting, status, created_at,"
        f" settled_at) SELECT contract_id, {n}, 'cancel', phone_id, '{{}}', '{{}}', '{status}', now(), {settled}"
        " FROM contract_parties LIMIT 1"
    )


def decision(split: int) -> str:
    details = f"jsonb_build_object('dispute', (SELECT id FROM disputes), 'decision', 'split', 'split_minor', {split})"
    return (
        MOVED
        + word("decide", details)
        + (
            f"UPDATE disputes SET status = 'decided', decision = 'split', split_minor = {split}, reasons = 'so',"
            " decided_at = now()"
        )
    )


def quantity(of: int) -> str:
    return f"""'{{"quantity": "{of}"}}'::jsonb"""


async def offered(operator: Operator) -> None:
    await operator.post(contract_body())


async def half(operator: Operator) -> None:
    reference = (await operator.post(contract_body())).json["reference"]
    await operator.sends_sms(SELLER, f"yes {reference}")


async def agreed(operator: Operator) -> str:
    return await confirmed_contract_id(operator)


async def proposed(operator: Operator) -> None:
    await act_behind_pin(operator, BUYER, Propose(await confirmed_contract_id(operator), "cancel"))


async def partly(operator: Operator) -> None:
    await act_behind_pin(operator, BUYER, Receive(await confirmed_contract_id(operator), "20"))


async def delivered(operator: Operator) -> None:
    await act_behind_pin(operator, SELLER, SayDelivered(await confirmed_contract_id(operator)))


async def disputed(operator: Operator) -> str:
    contract_id = await confirmed_contract_id(operator)
    await act_behind_pin(operator, BUYER, Complain(contract_id, "wet"))
    return contract_id


async def decided(operator: Operator) -> str:
    contract_id = await disputed(operator)
    await decide_dispute(operator, contract_id, {"decision": "split", "seller_amount": "70000", "reasons": "so"})
    return contract_id


async def appealed(operator: Operator) -> None:
    await act_behind_pin(operator, SELLER, Appeal(await decided(operator), "no"))


Given = Callable[[Operator], Awaitable[object]]
AMENDED = 'UPDATE contracts SET version = version + 1, terms = terms || \'{"quantity": "40"}\', terms_version = '
NO_YES, SIGNED, STAYS = "a yes is missing", "not what was said and signed", "keeps what it is, and takes its steps"

ATTEMPTS: list[tuple[Given, str, str, str]] = [
    (offered, CONFIRM, NO_YES, "confirmed by nobody"),
    (offered, SIGN + CONFIRM, NO_YES, "signed, without a word"),
    (half, CONFIRM, NO_YES, "confirmed by one"),
    (half, SIGN + CONFIRM, NO_YES, "signed by both, and one said so"),
    (offered, another(status="CONFIRMED", confirmed="now()"), "permission denied", "born confirmed"),
    (offered, another(version=2), "permission denied", "born with a past"),
    (offered, another(terms=2), "permission denied", "born with later terms"),
    (offered, OFFERED.format(TOTAL + 1), "contracts_total", "a total that is not that of its terms"),
    (half, word("delivered", quantity(50), "seller") + delivery("said", answer="delivered"), SIGNED,
     "an offer delivered"),
    (agreed, "UPDATE contract_signatures SET status = 'pending', settled_at = NULL", "is settled", "a yes forgotten"),
    (agreed, "UPDATE contract_signatures SET status = 'rejected'", "is settled", "a yes that is a no, later"),
    (agreed, ACTIVE, "nobody spoke of a delivery", "under way by itself"),
    (agreed, COMPLETE, "not all was received", "completed by itself"),
    (delivered, COMPLETE + ", next_what = NULL, next_at = NULL", "not all was received", "completed before its time"),
    (partly, COMPLETE, "not all was received", "completed with a part"),
    (agreed, CANCEL, "not all agreed", "cancelled by itself"),
    (proposed, CANCEL, "not all agreed", "cancelled by one"),
    (agreed, DISPUTE, "its dispute does not stand so", "disputed by nobody"),
    (agreed, AMENDED + "2", "nobody agreed to these terms", "new terms by themselves"),
    (agreed, AMENDED + "9", "nobody agreed to these terms", "terms whose number jumps"),
    (agreed, MOVED[:-2] + ", terms_version = 9", "nobody agreed to these terms", "a number that jumps alone"),
    (agreed, proposal(4), "is not the next", "a proposal whose number jumps"),
    (proposed, proposal(5, "declined"), "is not the next", "a proposal that was never open"),
    (agreed, proposal(2, "accepted"), "is not the next", "a proposal born accepted"),
    (proposed, "UPDATE contract_proposals SET status = 'accepted', settled_at = now(), waiting = '{}'", NO_YES,
     "accepted by one"),
    (proposed, "UPDATE contract_proposals SET status = 'declined', settled_at = now(); "
     "UPDATE contract_proposals SET status = 'pending', settled_at = NULL", "settled once", "a no that is none, later"),
    (delivered, "INSERT INTO deliveries (id, contract_id, phone_id, kind, at) SELECT gen_random_uuid(), contract_id,"
     " phone_id, 'said', now() FROM contract_parties WHERE role = 'seller'", SIGNED, "a delivery that nobody spoke of"),
    (delivered, MOVED + word("received_part", quantity(10), "buyer") + delivery("part", "11"), SIGNED,
     "more than was said"),
    (delivered, MOVED + word("received_part", quantity(10), "seller") + delivery("part", "10"), SIGNED,
     "by the seller"),
    (delivered, MOVED + word("received", quantity(50), "buyer") + delivery("full", answer="received"), SIGNED,
     "all of it, and not completed"),
    (partly, MOVED + word("received_part", quantity(31), "buyer") + delivery("part", "31"), "more is received",
     "parts that are more than the whole"),
    (agreed, "INSERT INTO disputes (id, contract_id, words, status, opened_at, decision, reasons, decided_at,"
     " closed_at) SELECT id, id, 'x', 'closed', now(), 'cancel', 'x', now(), now() FROM contracts", "begins open",
     "born closed"),
    (disputed, "UPDATE disputes SET status = 'decided', decision = 'cancel', reasons = 'x', decided_at = now()",
     "nobody signed", "decided by nobody"),
    (disputed, decision(TOTAL), "all of it or more", "a split with nothing left"),
    (disputed, decision(TOTAL + 1), "all of it or more", "a split of more than there is"),
    (disputed, decision(1).replace("split_minor = 1", "split_minor = 2"), "nobody signed",
     "another split than was signed"),
    (disputed, CLOSE + ", decision = 'cancel', reasons = 'x', decided_at = now()", "nobody signed", "closed undecided"),
    (disputed, END.format("withdrawn"), "who reported it has not withdrawn it", "withdrawn by nobody"),
    (disputed, proposal(2) + "; " + END.format("settled") + ", settled_n = 2", "not all agreed to settle it",
     "settled by one"),
    (disputed, "UPDATE disputes SET replies = '[{\"by\": \"x\", \"words\": \"y\"}]'", "nobody signed these words",
     "words that nobody wrote"),
    (disputed, "UPDATE contracts SET version = version + 1, status = 'CONFIRMED'", "its dispute does not stand so",
     "gone on in spite of a dispute"),
    (disputed, COMPLETE, "its dispute does not stand so", "completed in spite of a dispute"),
    (decided, "UPDATE disputes SET split_minor = 1", STAYS, "another split, later"),
    (decided, CLOSE + ", split_minor = 1", "nobody signed", "another split, at the end"),
    (decided, COMPLETE, "its dispute does not stand so", "completed before the decision stands"),
    (decided, CLOSE + "; " + CANCEL, "its dispute does not stand so", "ended as nobody decided"),
    (decided, "UPDATE disputes SET status = 'open'", STAYS, "open again"),
    (appealed, CLOSE, "nobody signed", "an appeal that nobody decided"),
    (make_signed_contract, "UPDATE disputes SET status = 'open', closed_at = NULL", STAYS, "a closed one, open again"),
    (make_signed_contract, "UPDATE disputes SET reasons = 'x'", "what was said stays", "other reasons"),
    (make_signed_contract, "UPDATE disputes SET words = 'x'", "permission denied", "other words"),
    (make_signed_contract, "UPDATE contract_proposals SET terms = '{}'", "permission denied", "another proposal"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "attempt", "why"), [pytest.param(g, a, w, id=f"{g.__name__}: {name}") for g, a, w, name in ATTEMPTS]
)
async def test_rows_that_contradict_each_other_are_refused(
    operator: Operator, role: Connection, given: Given, attempt: str, why: str
) -> None:
    await given(operator)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError), match=why):
        await role.execute(attempt)


async def test_migration_0012_can_be_taken_back_when_confirmations_exist(operator: Operator, owner_url: str) -> None:
    """Yes and no stay, signed as they were; what was said of a delivery is there unsigned, as before."""
    await make_signed_contract(operator)
    await down(owner_url, 11)
    assert await operator.count("confirmations") == 6 and await operator.count("deliveries") == 2
    await up(owner_url)
    assert await operator.count("confirmations") == 6


async def test_migration_0019_can_be_taken_back_when_disputes_ended_without_a_decision(
    operator: Operator, owner_url: str, role: Connection
) -> None:
    """The older code knows decisions only: each end is there as one, and the contract stays what it is."""
    withdrawn, cancelled = await disputed(operator), await disputed(operator)
    await act_behind_pin(operator, BUYER, WithdrawDispute(withdrawn))
    await act_behind_pin(operator, BUYER, Complain(withdrawn, "mouldy"))
    await act_behind_pin(operator, BUYER, Propose(cancelled, "cancel"))
    await act_behind_pin(operator, SELLER, Confirm(cancelled, 2))
    await down(owner_url, 18)
    ends = "SELECT words, d.status, decision, c.status FROM disputes d JOIN contracts c ON c.id = contract_id"
    assert [tuple(row) for row in await role.fetch(f"{ends} ORDER BY 1, 3")] == [
        ("mouldy", "open", None, "DISPUTED"),
        ("wet", "closed", "cancel", "CANCELLED"),
        ("wet", "closed", "complete", "DISPUTED"),
    ]
    await up(owner_url)


async def test_rows_that_belong_together_are_accepted(operator: Operator, role: Connection) -> None:
    """The same statements in their order: what the cases above refuse is that one of them, and not their form."""
    await partly(operator)
    await role.execute(MOVED + word("received_part", quantity(29), "buyer") + delivery("part", "29"))
    await role.execute(MOVED + word("received_part", quantity(1), "buyer") + delivery("part", "1") + "; " + COMPLETE)
    assert await role.fetchval("SELECT status FROM contracts") == "COMPLETED"

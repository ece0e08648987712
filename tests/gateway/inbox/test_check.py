"""CHECK by SMS: anybody with the short code learns if the terms are in force, and nobody else learns anything."""

from uuid import UUID

from contracts.proof.paper_check import PaperVerdict
from gateway.limits.table import CHECKS, CHECKS_OF_REFERENCE
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body

STRANGER = "+254799000001"


async def made(operator: Operator) -> tuple[str, str]:
    """A contract that waits for its parties: its reference and its code."""
    made = (await operator.post(contract_body())).json
    code = await operator.services.codes.of(UUID(made["id"]), 1)
    assert code
    return made["reference"], code


async def answer_to(operator: Operator, msisdn: str, text: str) -> str:
    await operator.sends_sms(msisdn, text)
    found: str = await operator.services.records.pool.fetchval(
        "SELECT s.text FROM sms_logs s JOIN phones f ON f.id = s.phone_id WHERE s.direction = 'out' AND f.msisdn = $1"
        " ORDER BY s.created_at DESC, s.id DESC LIMIT 1", msisdn,
    )  # fmt: skip
    return found


async def test_a_stranger_with_the_code_is_told_what_became_of_the_terms(operator: Operator) -> None:
    reference, code = await made(operator)
    asked = f"CHECK {reference} {code[:4]} {code[4:8]} {code[8:]}"
    assert "is not in force: not all agreed" in await answer_to(operator, STRANGER, asked)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "yes")
    assert "with this code is in force since " in await answer_to(operator, STRANGER, asked.lower())
    await operator.sends_sms(BUYER, f"DISPUTE {reference} all of it is wet")
    assert "A problem with it is open now." in await answer_to(operator, STRANGER, asked)


async def test_a_wrong_code_and_a_contract_that_does_not_exist_get_the_same_words(operator: Operator) -> None:
    reference, code = await made(operator)
    wrong = code.translate(str.maketrans("BC", "CB")) if {"B", "C"} & set(code) else code[::-1]
    answers = [
        (await answer_to(operator, f"+25479900010{n}", f"CHECK {named} {typed}")).replace(
            f"{named[:4]} {named[4:]}", "-"
        )
        for n, (named, typed) in enumerate([(reference, wrong), ("40718353", code), ("40718359", code)])
    ]
    assert len(set(answers)) == 1 and answers[0].startswith("We know no contract -"), answers


async def test_a_check_tells_no_party_and_stops_no_clock(operator: Operator) -> None:
    reference, code = await made(operator)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "yes")
    await operator.sends_sms(SELLER, f"DELIVERED {reference}")
    pool = operator.services.records.pool
    audited, sent = await operator.count("audit_logs"), await operator.count("sms_logs")
    await answer_to(operator, BUYER, f"CHECK {reference} {code}")
    assert await pool.fetchval("SELECT clock_stopped_at FROM contracts") is None
    assert (await operator.count("audit_logs"), await operator.count("sms_logs")) == (audited, sent + 2)


async def test_without_the_code_the_sender_is_told_what_to_send(operator: Operator) -> None:
    answer = await answer_to(operator, STRANGER, "CHECK 40718353")
    assert answer.startswith("To check a paper, answer CHECK, the contract's number and its 12 letters")


async def test_who_asks_too_often_is_told_so_and_then_others_still_get_answers(operator: Operator) -> None:
    reference, code = await made(operator)
    papers = operator.services.papers
    verdicts = [(await papers.check(STRANGER, reference, code)).verdict for _ in range(CHECKS.most + 1)]
    assert verdicts.count(PaperVerdict.TOO_OFTEN) == 1 == len(set(verdicts[:-1]))
    assert "Too many questions" in await answer_to(operator, STRANGER, f"CHECK {reference} {code}")
    assert "Too many" not in await answer_to(operator, "+254799000002", f"CHECK {reference} {code}")


async def test_a_reference_is_asked_about_by_many_only_so_often(operator: Operator) -> None:
    reference, code = await made(operator)
    papers = operator.services.papers
    verdicts = [
        (await papers.check(f"asker {n}", reference, code)).verdict for n in range(CHECKS_OF_REFERENCE.most + 1)
    ]
    assert [at for at, verdict in enumerate(verdicts) if verdict == "too_often"] == [CHECKS_OF_REFERENCE.most]
    unknown = [(await papers.check(f"a {n}", "40718353", code)).verdict for n in range(CHECKS_OF_REFERENCE.most + 1)]
    assert unknown[-1] == "too_often", "as with one that exists"

"""The short code of a form is computed once, soon after the form is made; no act waits for it for long."""

import asyncio
from uuid import UUID

import pytest

from contracts.contract import Contract
from contracts.notices import Notice, NoticeKind
from contracts.proof.short_code import COST, short_code
from gateway.background.short_codes import COST_IN_TESTS, ShortCodes
from storage.codes import CodeRows
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body

CODE = "BCDFGHJKLMNP"


async def made(operator: Operator) -> Contract:
    """A new contract, as it was before anybody computed its code."""
    made = (await operator.post(contract_body())).json
    row = await operator.services.records.contract(UUID(made["id"]))
    assert row
    return Contract.from_row({**row, "codes": None})


def confirmed(contract: Contract) -> Notice:
    return Notice(NoticeKind.CONFIRMED, None, contract.parties[0].msisdn, "en", (contract,))


async def test_a_form_that_is_made_gets_its_code_without_being_asked(operator: Operator) -> None:
    contract = await made(operator)
    pool = operator.services.records.pool
    while (code := await pool.fetchval("SELECT code FROM form_codes WHERE contract_id = $1", contract.id)) is None:
        pass
    form = await pool.fetchval("SELECT form FROM contract_forms WHERE contract_id = $1", contract.id)
    assert code == short_code(form, COST_IN_TESTS)


async def test_both_parties_are_told_the_code_of_what_they_agreed_to(operator: Operator) -> None:
    contract = await made(operator)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "yes")
    pool = operator.services.records.pool
    code = await pool.fetchval("SELECT code FROM form_codes WHERE contract_id = $1", contract.id)
    texts = await pool.fetch("SELECT text FROM sms_logs WHERE kind = 'confirmed'")
    assert len(texts) == 2
    assert all(text.endswith(f" Code {code[:4]} {code[4:8]} {code[8:]}") for (text,) in texts)


async def test_a_stored_code_is_not_computed_again(operator: Operator) -> None:
    contract = await made(operator)
    await operator.services.codes.of(contract.id, 1)
    pool = operator.services.records.pool
    await pool.execute("ALTER TABLE form_codes DISABLE TRIGGER ALL")
    await pool.execute("UPDATE form_codes SET code = $1", CODE)
    assert await operator.services.codes.of(contract.id, 1) == CODE
    (notice,) = await operator.services.codes.complete([confirmed(contract)])
    assert notice.contracts[0].code == CODE


async def test_there_is_no_code_of_a_form_that_is_not_stored(operator: Operator) -> None:
    contract = await made(operator)
    assert await operator.services.codes.of(contract.id, 2) is None
    assert await operator.services.codes.of(UUID(int=5), 1) is None


async def test_an_act_goes_without_a_code_where_others_wait_for_theirs(operator: Operator) -> None:
    contract = await made(operator)
    busy = ShortCodes(CodeRows(operator.services.records.pool), COST)
    waiting = [asyncio.ensure_future(busy.of(UUID(int=number), 1)) for number in range(5)]
    await asyncio.sleep(0)
    (notice,) = await busy.complete([confirmed(contract)])
    assert notice.contracts[0].code is None
    assert await asyncio.gather(*waiting) == [None] * 5
    busy.close()


@pytest.mark.parametrize("kind", [NoticeKind.OFFERED, NoticeKind.STATUS, NoticeKind.WAITS_FOR_OTHERS])
async def test_nothing_is_computed_for_a_notice_that_tells_no_code(operator: Operator, kind: NoticeKind) -> None:
    contract = await made(operator)
    notice = Notice(kind, None, contract.parties[0].msisdn, "en", (contract,))
    assert await operator.services.codes.complete([notice]) == (notice,)

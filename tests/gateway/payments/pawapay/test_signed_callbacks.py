"""The rail checks signed callbacks: with keys that it asks pawaPay for, by the clock that it was given."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.gateway.payments.pawapay.prepared_answers import SIGNED_AT, answering, callback

KEYS = {"GET public-key/http": "public_keys"}
NOW = int(SIGNED_AT.timestamp())


@pytest.mark.parametrize("sample", ["callback_completed", "callback_failed", "callback_refunded"])
async def test_a_callback_signed_by_another_program_is_believed_in_either_form(sample: str) -> None:
    async with answering(KEYS) as pawapay:
        assert await pawapay.rail.verify(callback(sample))


async def test_an_unsigned_callback_is_refused_where_signatures_are_on() -> None:
    async with answering(KEYS) as pawapay:
        assert pawapay.rail.signs_callbacks
        plain = {"Content-Type": "application/json"}
        assert not await pawapay.rail.verify(callback("callback_completed", headers=plain))
        assert not await pawapay.rail.verify(
            callback(
                "callback_completed",
                headers={**plain, "Content-Digest": "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"},
                body=b"{}",
            )
        )
        assert not pawapay.asked, "for what is not signed no key is asked for"
    async with answering(KEYS, signs_callbacks=False) as pawapay:
        assert not pawapay.rail.signs_callbacks


async def test_another_body_under_a_real_signature_is_refused() -> None:
    async with answering(KEYS) as pawapay:
        real, other = callback("callback_completed"), callback("callback_refunded")
        assert not await pawapay.rail.verify(callback("callback_completed", body=other.body))
        assert not await pawapay.rail.verify(callback("callback_completed", url=other.url))
        assert not await pawapay.rail.verify(callback("callback_completed", method="PUT"))
        assert await pawapay.rail.verify(real)


async def test_an_old_callback_is_refused_by_the_clock_that_was_given() -> None:
    async with answering(KEYS) as pawapay:
        pawapay.clock.passes(seconds=60)
        assert await pawapay.rail.verify(callback("callback_completed"))
        pawapay.clock.passes(seconds=1)
        assert not await pawapay.rail.verify(callback("callback_completed"))


async def test_an_unknown_key_is_asked_for_at_most_once_a_minute() -> None:
    async with answering(KEYS) as pawapay:
        headers = {name: value.replace("KEY:1", "KEY:2") for name, value in callback("callback_failed").headers.items()}
        for seconds, asked in ((0, 1), (1, 1), (58, 1), (1, 2)):
            pawapay.clock.passes(seconds=seconds)
            forged = callback("callback_failed", headers={**headers, "Signature-Input": _renewed(headers, pawapay)})
            assert not await pawapay.rail.verify(forged)
            assert pawapay.count("GET /v2/public-key/http") == asked


def _renewed(headers: Mapping[str, str], pawapay: Any) -> str:
    now = int(pawapay.clock().timestamp())
    return headers["Signature-Input"].replace(str(NOW + 60), str(now + 60)).replace(str(NOW), str(now))


async def test_a_known_key_is_asked_for_again_after_a_day() -> None:
    async with answering(KEYS) as pawapay:
        await pawapay.rail.verify(callback("callback_failed"))
        pawapay.clock.passes(seconds=30)
        await pawapay.rail.verify(callback("callback_failed"))
        assert pawapay.count("GET /v2/public-key/http") == 1
        pawapay.clock.passes(days=1)
        headers = callback("callback_failed").headers
        await pawapay.rail.verify(
            callback("callback_failed", headers={**headers, "Signature-Input": _renewed(headers, pawapay)})
        )
        assert pawapay.count("GET /v2/public-key/http") == 2


async def test_known_keys_outlive_an_answer_that_names_none() -> None:
    async with answering({"GET public-key/http": "public_keys balances"}) as pawapay:
        pawapay.clock.passes(days=-1)
        assert not await pawapay.rail.verify(callback("callback_failed")), "a day early"
        headers = callback("callback_failed").headers
        early = callback("callback_failed", headers={**headers, "Signature-Input": _renewed(headers, pawapay)})
        assert not await pawapay.rail.verify(early), "another time than was signed, but its key is asked for"
        pawapay.clock.passes(days=1)
        assert await pawapay.rail.verify(callback("callback_failed"))
        assert pawapay.count("GET /v2/public-key/http") == 2


@pytest.mark.parametrize("answer", ["server_error", "balances", "break break"])
async def test_without_an_answer_a_key_is_unknown_and_a_later_repeat_is_believed(answer: str) -> None:
    async with answering({"GET public-key/http": f"{answer} public_keys"}) as pawapay:
        assert not await pawapay.rail.verify(callback("callback_completed"))
        pawapay.clock.passes(seconds=60)
        assert await pawapay.rail.verify(callback("callback_completed"))

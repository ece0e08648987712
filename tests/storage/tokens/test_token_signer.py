"""A signer on a device: as long as the device takes, never longer than the deadline; honest about what it cannot do."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.signing import SignerAwayError, is_signed
from storage.tokens.device_thread import DeviceThread
from storage.tokens.token_signer import TokenSigner
from tests.storage.tokens.devices import Device

LONG, SHORT = 60.0, 1.0  # seconds


def signer_on(device: Device, seconds: float = LONG) -> TokenSigner:
    return TokenSigner(device.open, DeviceThread("a test's device", seconds))


async def test_what_it_signs_is_signed_with_the_key_on_the_device() -> None:
    device = Device()
    signer = signer_on(device)
    for signature in (signer.sign(b"agreed"), await signer.sign_in_time(b"agreed")):
        assert is_signed(b"agreed", signature, signer.public_key)
    assert (signer.state, device.opened) == ("signs", 1)
    assert "PrivateKey" not in repr(vars(signer))


async def test_a_device_that_hangs_is_given_up_on_and_refused_at_once_until_it_answers() -> None:
    device = Device()
    signer = signer_on(device, SHORT)
    device.answers.clear()
    with pytest.raises(SignerAwayError, match="did not answer within 1 seconds"):
        await signer.sign_in_time(b"first")
    assert signer.state == "away"
    for _ in range(3):  # nothing queues up behind it
        with pytest.raises(SignerAwayError):
            await signer.sign_in_time(b"second")
        with pytest.raises(SignerAwayError):
            signer.sign(b"second")
    await signer.probe()
    assert signer.state == "away"
    device.answers.set()
    async with asyncio.timeout(20):
        while signer.state == "away":
            await signer.probe()
    assert device.signed == 1, "only the one that hung"
    assert is_signed(b"third", await signer.sign_in_time(b"third"), signer.public_key)


async def test_the_event_loop_goes_on_while_the_device_thinks() -> None:
    device = Device()
    signer = signer_on(device)
    device.answers.clear()
    signing = asyncio.create_task(signer.sign_in_time(b"agreed"))
    await asyncio.sleep(0)
    assert not signing.done()
    device.answers.set()
    assert is_signed(b"agreed", await signing, signer.public_key)


async def test_who_gives_up_sooner_than_the_deadline_leaves_nothing_behind() -> None:
    device = Device()
    signer = signer_on(device)
    device.answers.clear()
    first, second = (asyncio.create_task(signer.sign_in_time(word)) for word in (b"first", b"second"))
    await asyncio.sleep(0)
    for task in (first, second):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    device.answers.set()
    await signer.sign_in_time(b"third")
    assert device.signed <= 2, "the second was still waiting when its caller left"


async def test_a_session_that_ended_is_opened_anew_without_anybody_noticing() -> None:
    device = Device()
    signer = signer_on(device)
    device.refuses = "the token was taken away"
    with pytest.raises(SignerAwayError, match="taken away"):
        await signer.sign_in_time(b"agreed")
    device.refuses = ""
    await signer.probe()
    assert (signer.state, device.opened) == ("signs", 2)
    assert is_signed(b"agreed", signer.sign(b"agreed"), signer.public_key)


def test_a_wrong_signature_is_given_to_nobody() -> None:
    device = Device()
    signer = signer_on(device)
    device.lies = True
    with pytest.raises(SignerAwayError, match="wrong"):
        signer.sign(b"agreed")
    assert signer.state == "away"


async def test_another_key_under_the_same_name_is_not_taken_for_the_first() -> None:
    device = Device()
    signer = signer_on(device)
    device.refuses = "gone"
    await signer.probe()
    device.refuses, device.key = "", Ed25519PrivateKey.generate()
    await signer.probe()
    assert signer.state == "away"


def test_a_device_that_is_away_at_the_start_is_an_error_in_words() -> None:
    device = Device()
    device.refuses = "there is no such token"
    with pytest.raises(SignerAwayError, match="there is no such token"):
        signer_on(device)

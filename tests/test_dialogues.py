"""Every file in `tests/dialogues/` goes as it is written, and one that is written wrong fails."""

import difflib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.dialogue_player import DIALOGUES, DialoguePlayer, escrow_of
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    escrow = escrow_of(request)
    async with open_service(database_url, redis_url, deadlines_every_seconds=0.2, escrow=escrow) as running:
        yield running


@pytest.mark.parametrize("path", sorted(DIALOGUES.glob("*.txt")), ids=lambda path: path.stem)
async def test_it_goes_as_written(path: Path, service: Service) -> None:
    written = path.read_text(encoding="utf-8").splitlines()  # noqa: ASYNC240 - a page of text
    went = await DialoguePlayer(service).play(written)
    diff = [line.rstrip() for line in difflib.unified_diff(written, went, "as written", "as it went", n=6, lineterm="")]
    if diff:
        pytest.fail("\n".join([f"{path.name} does not go as written", *diff]), pytrace=False)


@pytest.mark.parametrize(
    ("changed", "into", "complaint"),
    [
        pytest.param(
            "  2. New contract", "  2. Vertrag", "-  2. Vertrag\n+  2. New contract", id="another word on a screen"
        ),
        pytest.param("  1. My contracts\n", "", "+  1. My contracts", id="a line more than written"),
        pytest.param(
            "  ...\n  00. Home\namina> 4826", "  ...\n  00. Nyumbani\namina> 4826", "-  00. Nyumbani", id="..."
        ),
        pytest.param("  (ends)\n", "", "+  (ends)", id="an end where none is written"),
        pytest.param("confirmed by all: {...}", "on hold: {...}", "-sms< otieno: Contract {ref} is on", id="an SMS"),
        pytest.param("sms< amina: Contract", "# Contract", "+sms< amina: Contract", id="an SMS nobody mentions"),
        pytest.param("status {ref} CONFIRMED", "status {ref} PENDING", "+status {ref} CONFIRMED", id="a status"),
        pytest.param("  otieno sms contract.confirm\n", "", "+  otieno sms contract.confirm", id="an audit entry"),
        pytest.param("audit amina\n  amina ussd pin.proposed\n", "", "+  amina ussd pin.proposed", id="an audit"),
        pytest.param("amina sms> hello", "amina writes hello", "cannot read: amina writes hello", id="no such line"),
    ],
)
async def test_a_dialogue_that_is_written_wrong_fails(
    service: Service, changed: str, into: str, complaint: str
) -> None:
    written = _A_DIALOGUE.replace(changed, into)
    assert written != _A_DIALOGUE
    went = await DialoguePlayer(service).play(written.splitlines())
    diff = "\n".join(difflib.unified_diff(written.splitlines(), went, lineterm=""))
    assert complaint in diff


async def test_the_same_dialogue_written_right_passes(service: Service) -> None:
    assert await DialoguePlayer(service).play(_A_DIALOGUE.splitlines()) == _A_DIALOGUE.splitlines()


_A_DIALOGUE = """\
phone amina +254712345678
phone otieno +254711222333
amina dials *483*2*1*0711222333*maize*50 bags*3500*Bungoma*25/12#
  You buy 50 bags maize from 0711 222 333 {...}
  ...
amina> 1
  Choose a PIN of 4 digits. It signs your contracts: keep it secret.
  ...
  00. Home
amina> 4826
  Type the same PIN again
  0. Back
  00. Home
amina> 4826
  Contract {ref} is made. We ask 0711 222 333 by SMS to confirm, and tell you the answer by SMS.
  (ends)
sms< otieno: VoicePact {ref}: {...}
otieno sms> YES
sms< otieno: Contract {ref} is confirmed by all: {...}
sms< amina: Contract {ref} is confirmed by all: {...}
status {ref} CONFIRMED
audit {ref}
  amina ussd contract.made
  amina ussd contract.confirm
  otieno sms contract.confirm
  - service contract.confirmed
audit amina
  amina ussd pin.proposed
amina dials *483*5#
  Settings
  ...
amina> 00
  VoicePact: agree, keep proof.
  1. My contracts
  2. New contract
  ...
amina sms> hello
sms< amina: Not counted yet: {ref}, 50 bags maize. {...}
end
"""

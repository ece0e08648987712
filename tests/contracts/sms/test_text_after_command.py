"""What a person writes about a problem, without the command and the reference."""

import pytest

from contracts.sms.understand import text_after_command, understand

REF = "40718353"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("DISPUTE", ""),
        (f"dispute {REF}", ""),
        (f"please DISPUTE: {REF}, please.", ""),
        (f"DISPUTE contract {REF}", ""),
        ("DISPUTE 30", ""),
        (f"DISPUTE {REF} he does not pay", "he does not pay"),
        (f"{REF} mgogoro magunia yameloa", "magunia yameloa"),
        (f"Mgogoro wa magunia {REF}", f"wa magunia {REF}"),
        (f"litige - {REF[:4]} {REF[4:]} : sacs mouillés (5)", "sacs mouillés (5)"),
        ("APPEAL 30 bags are wet", "30 bags are wet"),
        ("kata rufaa si kweli", "si kweli"),
        (f"ቅሬታ {REF} እርጥብ ነው", "እርጥብ ነው"),
    ],
)
def test_only_the_text_after_command_and_reference_is_kept(text: str, own: str) -> None:
    assert text_after_command(text, understand(text).reference) == own

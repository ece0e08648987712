"""What is said of a PIN that is not right: how many tries are left, or until when it is locked, in local time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts.fields.languages import LANGUAGES
from menus.refusal_texts import FORGOT_PIN, wrong_pin_text
from menus.translate import t, translate

NOW = datetime(2026, 11, 23, 14, 30, 10, tzinfo=UTC)
LATE = datetime(2026, 11, 23, 20, 58, tzinfo=UTC)
NAIROBI, LAGOS = ZoneInfo("Africa/Nairobi"), ZoneInfo("Africa/Lagos")
WAY_OUT = "Forgot it? Settings > Forgot PIN"


@pytest.mark.parametrize(("proved", "tries", "minutes", "now", "zone", "said"), [
    (True, 1, None, NOW, NAIROBI, "Wrong PIN. 2 tries left."),
    (True, 2, None, NOW, NAIROBI, "Wrong PIN. 1 try left."),
    (True, 5, -1, NOW, NAIROBI, "Wrong PIN. 1 try left."),
    (True, 3, 5, NOW, NAIROBI, f"PIN locked until 17:36. {WAY_OUT}"),
    (True, 3, 5, NOW, LAGOS, f"PIN locked until 15:36. {WAY_OUT}"),
    (True, 3, 5, LATE, NAIROBI, f"PIN locked until tomorrow, 00:04. {WAY_OUT}"),
    (True, 12, 24 * 60, NOW, NAIROBI, f"PIN locked until tomorrow, 17:31. {WAY_OUT}"),
    (False, 1, None, NOW, NAIROBI, "The two PINs differ."),
    (False, 3, 5, NOW, NAIROBI, "The two PINs differ. Go back (0) and choose your PIN again."),
])  # fmt: skip
def test_each_case_has_its_own_sentence(
    proved: bool,
    tries: int,
    minutes: int | None,
    now: datetime,
    zone: ZoneInfo,
    said: str,
) -> None:
    locked_until = now + timedelta(minutes=minutes) if minutes is not None else None
    text = wrong_pin_text(is_proved=proved, tries=tries, locked_until=locked_until, now=now, zone=zone)
    assert translate(text, "en").replace("\u00a0", " ") == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_out_is_spelled_as_in_the_settings(language: str) -> None:
    text = wrong_pin_text(is_proved=True, tries=3, locked_until=NOW + timedelta(minutes=5), now=NOW, zone=NAIROBI)
    settings, forgot = (translate(each, language) for each in (t("Settings"), FORGOT_PIN))
    assert translate(text, language).endswith(f"{settings} > {forgot}")

"""`voicepact keys show`: a warning once the key for words is older than 90 days."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.commands.keys_shown import ShownKey, lines_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("age", "signs", "warns"), [(90, True, False), (91, True, True), (91, False, False)])
def test_a_key_that_signs_should_not_be_old(age: int, signs: bool, warns: bool) -> None:
    key = ShownKey("words", "3f2a9c017bd2f0a4", NOW - timedelta(days=age), ("signs now",), signs, "public yKBm=")
    line, public, *warnings = lines_of([key], NOW)
    assert public == "       public yKBm="
    assert line == f"words  3f2a 9c01 7bd2 f0a4  since {key.since:%Y-%m-%d}  signs now"
    assert bool(warnings) is warns and all("91 days old" in one for one in warnings)

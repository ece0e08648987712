"""The story plays to its end in every language, also while everything goes wrong; it stops, and looks back."""

import re

import pytest

from contracts.fields.languages import LANGUAGES
from gateway.two_phones.story_steps import STEPS
from gateway.two_phones.story_words import STORY_WORDS
from tests.browser import needs_browser
from tests.gateway.two_phones.stage_page import StagePage

pytestmark = needs_browser


def test_every_language_has_its_words() -> None:
    assert set(STORY_WORDS) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_plays_to_its_end(stage: StagePage, language: str) -> None:
    for holder in ("buyer", "seller", "arbiter"):
        await stage.chooses(f".{holder} [name=language]", language)
    await plays(stage)
    await ended(stage)
    words = STORY_WORDS[language]
    assert words.problem in await stage.text("#inbox-seller")
    assert words.objection in await stage.text("#inbox-arbiter")
    assert await stage.page.run("document.querySelector('#inbox-buyer p[lang]').lang") == language


async def test_each_of_them_may_speak_another_language(stage: StagePage) -> None:
    for holder, language in (("buyer", "am"), ("seller", "fr"), ("arbiter", "ha")):
        await stage.chooses(f".{holder} [name=language]", language)
    await plays(stage)
    await ended(stage)


async def test_one_stops_looks_back_and_goes_on(stage: StagePage) -> None:
    await stage.plays_a_new_story_until(3)
    await stage.says(STEPS[2].title)
    after_three = await stage.text("#inbox-seller")
    await stage.clicks("#act-back")
    await stage.says("As it was after step 2")
    assert await stage.text("#inbox-seller") != after_three
    await stage.clicks("#pad-1")
    await stage.says("As it was after step 1")
    for shown in ("As it was after step 2", STEPS[2].title):
        await stage.clicks("#act-step")
        await stage.says(shown)
    assert len(await stage.text("#inbox-seller")) >= len(after_three), "looking back changed nothing"
    await stage.clicks("#act-step")
    await stage.says(STEPS[3].title)
    await stage.waits_for("document.querySelector('#act-play').value === 'play'")
    await stage.clicks("#act-play")
    await stage.waits_for("document.querySelector('#act-play').value === 'pause'")
    await ended(stage)


@pytest.mark.parametrize("language", ["en", "am"])
async def test_the_arbiter_decides_although_her_call_is_cut_while_she_types(stage: StagePage, language: str) -> None:
    """What she typed is lost with the call, and the next one opens with the menu in place of the contract."""
    await stage.chooses(".arbiter [name=language]", language)
    await stage.plays_a_new_story_until(9)
    await stage.clicks("[name=pace][value='slow']")
    await stage.clicks("#act-play")
    reasons = STORY_WORDS[language].first_reasons
    await stage.waits_for(f"document.querySelector('#typed-arbiter').value === '{reasons}'")
    await stage.clicks("#fault-cut")
    await stage.clicks("[name=pace][value='at once']")
    await stage.says("It is tried again.")
    await ended(stage)


async def test_it_is_left_when_somebody_in_it_has_another_number(stage: StagePage) -> None:
    await stage.clicks("[name=pace][value='slow']")
    await stage.clicks(".anew")
    await stage.clicks("#act-play")
    await stage.says(STEPS[0].title)
    await stage.is_somebody_new("seller", "0722 000 905")
    await stage.says("Joseph has another number")
    await stage.waits_for("document.querySelector('#act-play').value === 'play'")
    await plays(stage)
    await ended(stage)


async def test_it_ends_as_well_with_every_callback_twice(stage: StagePage) -> None:
    await stage.clicks("#fault-repeat")
    await stage.saw("each callback comes twice")
    try:
        await plays(stage)
        await ended(stage)
        assert "same answer, no effect" in await stage.text("#lines")
    finally:
        await stage.clicks("#fault-repeat")
        await stage.saw("callbacks come once again")


async def test_it_goes_on_when_servers_come_back(stage: StagePage) -> None:
    await stage.clicks("[name=pace][value='quick']")
    await stage.clicks(".anew")
    await stage.says("Two people agree")
    await stage.clicks("#act-play")
    for name in ("sessions", "database"):
        await stage.shows("buyer", "2. ")
        await stage.clicks(f"#fault-{name}")
        await stage.says("It is tried again.")
        await stage.clicks("#fault-cut")
        await stage.clicks(f"#fault-{name}")
        await stage.waits_for(f"document.querySelector('#fault-{name}').getAttribute('aria-pressed') === 'false'")
    await stage.clicks("[name=pace][value='at once']")
    await ended(stage)


async def plays(stage: StagePage) -> None:
    await stage.clicks("[name=pace][value='at once']")
    await stage.clicks(".anew")
    await stage.says("Two people agree")
    await stage.clicks("#act-play")
    await stage.waits_for("document.querySelector('#act-play').value === 'pause'")


async def ended(stage: StagePage) -> None:
    """Wait for the end: the contract is completed, its money has gone to where the arbiter said."""
    await stage.waits_for("document.querySelector('#act-play').value === 'play'")
    said = await stage.text("#said")
    reference = re.search(r"Contract ([0-9]{8})", said)
    assert reference, said
    assert (await stage.rest(f"/v1/contracts/{reference[1]}"))["status"] == "COMPLETED"
    paid = await stage.rest(f"/v1/payments/{reference[1]}")
    assert (paid["status"], paid["held_minor"]) == ("RELEASED", 0)
    assert (paid["paid_minor"], paid["returned_minor"], paid["fees_minor"]) == (13_365_000, 1_500_000, 135_000)

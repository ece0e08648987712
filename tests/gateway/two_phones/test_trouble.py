"""What is made to go wrong on the page goes wrong, and ends."""

import re

from tests.browser import needs_browser
from tests.gateway.two_phones.stage_page import StagePage

pytestmark = needs_browser


async def test_a_forged_callback_moves_nothing(stage: StagePage) -> None:
    await stage.plays_a_new_story_until(4)
    await stage.shows("buyer", "M-PESA")
    await stage.clicks("#fault-forge")
    await stage.saw("a forged callback says: paid")
    reference = re.search(r"account ([0-9]{8})", await stage.text("#lcd-buyer"))
    assert reference
    await stage.shows("buyer", "M-PESA")
    paid = await stage.rest(f"/v1/payments/{reference[1]}")
    assert (paid["status"], paid["received_minor"]) == ("PENDING", 0)
    await stage.clicks(".buyer .hang")
    await stage.shows("buyer", "not paid")


async def test_a_call_that_was_cut_goes_on_where_it_was(stage: StagePage) -> None:
    await stage.is_somebody_new("buyer", "0711 840 904")
    await stage.sends("buyer", "*483*2*1#")
    await stage.shows("buyer", "Phone number of the seller")
    await stage.clicks("#fault-cut")
    await stage.shows("buyer", "The call was cut")
    await stage.sends("buyer", "")
    screen = await stage.shows("buyer", "Your last call was cut.")
    while not (key := re.search(r"([0-9])\. Go on", screen)):
        await stage.sends("buyer", "98")
        screen = await stage.shows("buyer", "Go on")
    await stage.sends("buyer", key[1])
    await stage.shows("buyer", "Phone number of the seller")
    await stage.clicks(".buyer .hang")


async def test_a_database_that_is_away_comes_back(stage: StagePage) -> None:
    await stage.clicks("#fault-database")
    await stage.saw("the database is gone")
    async with stage.serving.http.get(f"{stage.serving.url}/readyz") as answer:
        assert answer.status == 503
    await stage.clicks("#fault-database")
    await stage.saw("the database is back")
    await stage.sends("seller", "HELP")
    await stage.saw("SMS from Joseph, stored and acted on")

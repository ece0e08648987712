"""Two people agree on the page, by hand; what it weighs; who can use it."""

import re

import pytest

from tests.browser import needs_browser
from tests.gateway.two_phones.stage_page import StagePage

pytestmark = needs_browser
PIN = "4826"
BUDGET_BYTES = 60_000


async def test_two_people_agree_on_it(stage: StagePage) -> None:
    for holder, msisdn in (("buyer", "0711 840 901"), ("seller", "0722 000 902")):
        await stage.is_somebody_new(holder, msisdn)
    await stage.sends("buyer", "")
    home = await stage.shows("buyer", "New contract")
    assert "5. Settings" in home and re.search(r"[0-9]+/160 septets", await stage.text("#ruler-buyer"))
    for typed, shown in (
        ("2", "Are you the buyer"), ("1", "Phone number of the seller"), ("0722000902", "What is sold"),
        ("50 bags maize", "Total amount"), ("150000", "Where and which day"), ("Bungoma market 25/12", "All correct?"),
        ("1", "Choose a PIN"), (PIN, "Type the same PIN again"), (PIN, "is made. We ask 0722 000 902"),
    ):  # fmt: skip
        await stage.sends("buyer", typed)
        await stage.shows("buyer", shown)
    offer = await stage.has_sms("seller", "Reply YES or NO")
    await stage.sends("seller", "YES")
    await stage.has_sms("seller", "is confirmed by all")
    await stage.has_sms("buyer", "is confirmed by all")
    reference = re.search(r"VoicePact ([0-9]{8})", offer)
    assert reference
    assert (await stage.rest(f"/v1/contracts/{reference[1]}"))["status"] == "CONFIRMED"
    assert "screen to Amina" in await stage.saw("SMS from Joseph")
    html = str(await stage.page.run("document.documentElement.outerHTML"))
    assert f">{PIN}<" not in html and f'"{PIN}"' not in html


async def test_a_pin_is_hidden_while_it_is_typed(stage: StagePage) -> None:
    await stage.sends("arbiter", "*483*2*1*0722000903*50 bags maize*3500*Bungoma market 25/12#")
    await stage.shows("arbiter", "1. Confirm")
    await stage.sends("arbiter", "1")
    await stage.shows("arbiter", "PIN")
    assert await stage.page.run("document.querySelector('#typed-arbiter').type") == "password"
    await stage.clicks(".arbiter .hang")
    await stage.shows("arbiter", "dials *483#")
    assert await stage.page.run("document.querySelector('#typed-arbiter').type") == "text"


async def test_a_number_that_is_none_is_refused_in_words(stage: StagePage) -> None:
    number, taken = await stage.text("#head-buyer"), (await stage.text("#head-seller .num")).replace(" ", "")
    for typed, why in (("12", "is no phone number"), (taken, "of another phone"), ("<b>0711", "is no phone number")):
        await stage.page.run(f"document.querySelector('.buyer .pick').elements.msisdn.value = {typed!r}")
        await stage.clicks(".buyer .sim-card button")
        await stage.waits_for(f"document.querySelector('#refused').textContent.includes('{why}')")
    assert await stage.text("#head-buyer") == number and await stage.page.run("refused.children.length") == 0
    await stage.clicks("#show-third")
    await stage.waits_for("document.querySelector('#refused').textContent === ''")
    await stage.clicks("#show-third")
    assert all("status of 400" in fault for fault in stage.page.faults)
    stage.page.faults.clear()


async def test_a_menu_of_eleven_lines_is_seen_whole(stage: StagePage) -> None:
    await stage.is_somebody_new("buyer", "0711 840 907")
    await stage.sends("buyer", "*483*2#")
    await stage.shows("buyer", "Are you the buyer")
    await stage.clicks("#fault-cut")
    await stage.shows("buyer", "The call was cut")
    await stage.sends("buyer", "")
    assert len((await stage.shows("buyer", "Your last call was cut.")).splitlines()) >= 11
    for width in (1280, 360):
        await stage.page.size(width, 800)
        lcd = "document.querySelector('#lcd-buyer')"
        assert await stage.page.run(f"{lcd}.scrollHeight <= {lcd}.clientHeight"), width


async def test_amharic_is_measured_in_letters(stage: StagePage) -> None:
    await stage.chooses(".arbiter [name=language]", "am")
    await stage.has_sms("arbiter", "አማርኛ")
    await stage.sends("arbiter", "*483#")
    await stage.shows("arbiter", "1. ")
    assert re.search(r"[0-9]+/70 letters", await stage.text("#ruler-arbiter"))
    assert await stage.page.run("document.querySelector('#lcd-arbiter span').lang") == "am"
    await stage.clicks(".arbiter .hang")
    await stage.chooses(".arbiter [name=language]", "en")
    await stage.has_sms("arbiter", "English")


async def test_keys_are_one_tab_stop_and_arrows_walk_them(stage: StagePage) -> None:
    stops = "[...document.querySelectorAll('.buyer .keys button')].filter((key) => key.tabIndex === 0).length"
    assert await stage.page.run(stops) == 1
    await stage.page.run("document.querySelector('.buyer .keys button').focus()")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        await stage.page.call("Input.dispatchKeyEvent", type="keyDown", key=key)
        await stage.page.call("Input.dispatchKeyEvent", type="keyUp", key=key)
    assert await stage.page.run("document.activeElement.value") == "5"
    assert await stage.page.run(stops) == 1
    await stage.page.call("Input.dispatchKeyEvent", type="char", text=" ")
    await stage.page.run("document.activeElement.click()")
    assert str(await stage.page.run("document.querySelector('#typed-buyer').value")).endswith("5")
    await stage.clicks(".buyer [value=clear]")
    assert await stage.page.run("document.querySelector('#typed-buyer').value") == ""


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing(stage: StagePage, width: int, dark: bool) -> None:
    await stage.page.size(width, 800, dark=dark)
    await stage.clicks("#show-third")
    await stage.waits_for("document.body.classList.contains('trio')")
    assert await stage.findings() == []
    await stage.clicks("#show-third")
    await stage.waits_for("!document.body.classList.contains('trio')")
    assert await stage.findings() == []


async def test_nothing_hangs_out_at_the_side(stage: StagePage) -> None:
    for width in (320, 360, 768, 1024, 1280, 1600):
        await stage.page.size(width, 800)
        assert await stage.page.run("document.documentElement.scrollWidth <= innerWidth"), width


async def test_a_first_view_weighs_less_than_its_budget(stage: StagePage) -> None:
    """All that a browser fetches before anybody presses a key, unpacked."""
    stage.page.requests.clear()
    await stage.opens()
    asked = [url for url in stage.page.requests if url.startswith("http")]
    weights = {}
    for url in asked:
        if not url.endswith("/events"):
            async with stage.serving.http.get(url) as answer:
                weights[url.removeprefix(stage.serving.url)] = len(await answer.read())
    assert set(weights) == {"/phone", "/phone/phones.css", "/phone/phones.js"}
    assert sum(weights.values()) < BUDGET_BYTES, weights
    assert all(url.startswith(stage.serving.url) for url in asked), "nothing comes from elsewhere"


async def test_forms_do_the_same_without_the_script(stage: StagePage) -> None:
    await stage.page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        await stage.opens()
        http, url = stage.serving.http, stage.serving.url
        async with http.get(f"{url}/phone") as answer:
            token = re.search(r'name="token" value="([^"]+)"', await answer.text())
        assert token
        for key, typed, left in (("4", "", "4"), ("8", "4", "48"), ("clear", "48", "4"), ("send", "*483#", "")):
            form = {"token": token[1], "key": key, "typed": typed}
            async with http.post(f"{url}/phone/arbiter/keys", data=form, headers={"Origin": url}) as answer:
                html = await answer.text()
            assert answer.url.path == "/phone" and f'enterkeyhint="send" value="{left}"' in html
            assert 'id="see-arbiter" checked' in html, "whose keys were pressed stays in view on a small screen"
        assert "New contract" in html
    finally:
        await stage.page.call("Emulation.setScriptExecutionDisabled", value=False)

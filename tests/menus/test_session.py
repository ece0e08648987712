"""A caller's way through the menus: what a key means, where Back leads, what cannot be done twice."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.effects import Confirm, MakeContract, SetLanguage
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import Secret
from contracts.refusals import Why
from menus import answers
from menus.paging import Budget
from menus.refusal_texts import BAD_INPUT_TEXTS, NOT_LISTED
from menus.screen import (
    Caller,
    Choice,
    Do,
    Go,
    Move,
    Place,
    Return,
    Screen,
    SecretQuestion,
    ask,
    ask_secret,
    choice,
    do,
    end,
    go,
    keeping,
    menu,
)
from menus.session import (
    HOME,
    OpenQuestion,
    PerformEffect,
    RenderedPage,
    Session,
    ShowAgain,
    ShowScreen,
    after_effect,
    go_to,
    read_typed,
    render_page,
)
from menus.translate import t
from values.frozen import replace

CALLER = Caller(Msisdn("+254712345678"), "*483#", "KE", Currency.KES, date(2026, 3, 1))
WIDE, NARROW = Budget("CON "), Budget("CON ", septets=60)
CONFIRM = Confirm("6b6b1c5e-0000-4000-8000-000000000001")


def stored(session: Session) -> Session:
    """The session once it was put into the session store, and taken out."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(session), type=Session)


def offers(*names: str) -> Screen:
    """A list whose entries lead to an offer of that name."""
    return menu(t("Offers"), *(choice(t("{n}", n=name), go("offer", what=name)) for name in names))


def at(*names: str, **about: Any) -> Session:
    """Somewhere below home; `about` belongs to the last place."""
    return Session("en", trail=(HOME, *(Place(name) for name in names[:-1]), Place(names[-1], about)))


def typed(sheet: RenderedPage, key: str) -> ShowScreen | ShowAgain | PerformEffect:
    return read_typed(sheet.session, key, CALLER)


def place_after(sheet: RenderedPage, key: str) -> Place:
    step = typed(sheet, key)
    assert isinstance(step, ShowScreen), step
    return step.session.here


def test_a_key_means_what_was_shown_when_the_list_has_changed() -> None:
    sheet = render_page(at("offers"), offers("maize", "beans"), WIDE)
    kept = stored(sheet.session)
    render_page(kept, offers("a new one", "maize", "beans"), WIDE)  # what would be drawn now
    step = read_typed(kept, "2", CALLER)
    assert isinstance(step, ShowScreen)
    assert step.session.here == Place("offer", {"what": "beans"})


@pytest.mark.parametrize("key", ["2", " 2 ", "2.", "02", "2)", "002", "(2)", "#2", "٢", "２", "2\u200f"])
def test_a_key_is_read_as_people_type_it(key: str) -> None:
    assert place_after(render_page(at("offers"), offers("maize", "beans"), WIDE), key).about == {"what": "beans"}


@pytest.mark.parametrize("key", ["3", "", "x", "beans", "1.5", "1 2", "98", "-1", "٣"])
def test_a_key_that_is_not_listed_shows_the_page_again_with_the_reason(key: str) -> None:
    sheet = render_page(at("offers"), offers("maize", "beans"), WIDE)
    step = typed(sheet, key)
    assert step == ShowAgain(sheet.session, NOT_LISTED)
    again = render_page(step.session, offers("maize", "beans"), WIDE, step.why)
    assert again.text.startswith("Choose from the list.\n")
    assert again.text.endswith(sheet.text)


TIGHT = Budget("CON ", septets=82)


def test_a_wrong_key_takes_the_place_of_a_heading_but_pushes_no_choice_away() -> None:
    names = ["maize", "beans", "rice", "sorghum"]
    sheet = render_page(at("offers"), offers(*names), TIGHT)
    again = render_page(sheet.session, offers(*names), TIGHT, NOT_LISTED)
    assert sheet.text == "Offers\n1. maize\n2. beans\n3. rice\n4. sorghum\n0. Back\n00. Home"
    assert again.text == sheet.text.replace("Offers", "Choose from the list.")
    assert again.session == sheet.session


def test_a_wrong_key_takes_no_terms_away() -> None:
    terms = menu(t("You sell {what} here. All correct?", what="50 bags maize"), choice(t("Confirm"), go("x")))
    sheet = render_page(at("check"), terms, TIGHT)
    assert "1. Confirm" in sheet.text
    assert render_page(sheet.session, terms, TIGHT, NOT_LISTED) == sheet


def test_a_key_of_another_page_works() -> None:
    names = [f"offer number {n}" for n in range(8)]
    first = render_page(at("offers"), offers(*names), NARROW)
    assert "number 7" not in first.text
    assert place_after(first, "8").about["what"] == names[7]
    last = render_page(replace(at("offers"), page=9), offers(*names), NARROW)
    assert "number 0" not in last.text
    assert place_after(last, "1").about["what"] == names[0]


def test_nobody_agrees_to_terms_of_which_a_part_was_shown() -> None:
    """A key for what stands further on turns the page; one that binds works once the text is at its end."""
    agree, other = choice(t("Confirm"), go("pin", effect={}, then="x")), choice(t("Report a problem"), go("problem"))
    terms = menu(t("You sell {what} and words that go on for two pages. Agree?", what="maize"), agree, other)
    first = render_page(at("check"), terms, NARROW)
    assert "Agree?" not in first.text
    assert place_after(first, "2").name == "problem"
    turned = typed(first, "1")
    assert isinstance(turned, ShowScreen)
    assert (turned.session.here.name, turned.session.page) == ("check", 1)
    sheet = render_page(turned.session, terms, NARROW)
    while sheet.session.reads_on:
        step = typed(sheet, "7")
        assert isinstance(step, ShowScreen)
        sheet = render_page(step.session, terms, NARROW)
    assert "Agree?" in sheet.text
    assert place_after(sheet, "1").name == "pin"


def test_home_has_neither_back_nor_home() -> None:
    sheet = render_page(Session("en"), offers("maize"), WIDE)
    assert sheet.text == "Offers\n1. maize"
    assert typed(sheet, "0") == ShowAgain(sheet.session, NOT_LISTED)


def test_back_leads_one_place_up_and_home_all_the_way() -> None:
    session = go_to(go_to(Session("en"), go("offers")), go("offer", what="maize"))
    sheet = render_page(session, offers(), WIDE)
    assert sheet.text == "Offers\n0. Back\n00. Home"
    assert place_after(sheet, "0") == Place("offers")
    assert place_after(sheet, "00") == HOME
    back = typed(sheet, "0")
    assert isinstance(back, ShowScreen)
    assert place_after(render_page(back.session, offers(), WIDE), "0") == HOME


def test_a_return_does_as_back_does() -> None:
    sheet = render_page(at("offers", "offer"), menu(t("Go on?"), choice(t("Yes"), Return())), WIDE)
    assert place_after(sheet, "1") == Place("offers")


def test_a_long_list_goes_on_page_by_page_and_back() -> None:
    names = [f"offer number {n}" for n in range(8)]
    seen: list[str] = []
    session = at("offers")
    sheet = render_page(session, offers(*names), NARROW)
    assert "98. More" in sheet.text and "00. Home" in sheet.text
    pages = 1
    while "98" in sheet.session.keys:
        seen += [sheet.text]
        step = typed(sheet, "98")
        assert isinstance(step, ShowScreen)
        sheet, pages = render_page(step.session, offers(*names), NARROW), pages + 1
    assert pages > 2
    assert place_after(sheet, "8").about["what"] == names[-1]
    for earlier in reversed(seen):
        step = typed(sheet, "0")
        assert isinstance(step, ShowScreen) and step.session.here.name == "offers", "Back turns the pages first"
        sheet = render_page(step.session, offers(*names), NARROW)
        assert sheet.text == earlier
    assert place_after(sheet, "0") == HOME


def test_a_list_that_shrank_shows_its_last_page() -> None:
    session = replace(at("offers"), page=7)
    sheet = render_page(session, offers("maize"), NARROW)
    assert sheet.session.page == 0
    assert "1. maize" in sheet.text


def test_an_answer_is_read_and_kept_for_the_journey() -> None:
    question = ask(t("How much?"), answers.quantity, keep_as="quantity", then=go("new.amount"))
    step = typed(render_page(at("new.quantity"), question, WIDE), "50 bags")
    assert isinstance(step, ShowScreen)
    assert step.session.here == Place("new.amount")
    assert step.session.answers == {"quantity": ["50", "bags"]}
    assert go_to(step.session, Go(HOME)).answers == {}, "home forgets the journey"


def test_an_answer_that_is_none_asks_again_with_the_reason() -> None:
    sheet = render_page(at("new.quantity"), ask(t("How much?"), answers.quantity, keep_as="q", then=go("x")), WIDE)
    assert typed(sheet, "50") == ShowAgain(sheet.session, BAD_INPUT_TEXTS[Why.NO_UNIT])


def test_a_navigation_key_is_no_answer() -> None:
    sheet = render_page(
        at("new.role", "new.product"), ask(t("What?"), answers.product, keep_as="p", then=go("x")), WIDE
    )
    assert place_after(sheet, "0") == Place("new.role")
    assert place_after(sheet, "00") == HOME


def test_a_choice_may_keep_an_answer() -> None:
    sheet = render_page(
        at("new.role"), menu(t("Which?"), choice(t("Buyer"), keeping(go("new.other"), role="buyer"))), WIDE
    )
    step = typed(sheet, "1")
    assert isinstance(step, ShowScreen)
    assert step.session.answers == {"role": "buyer"}


def test_a_pin_goes_with_the_effect_and_nowhere_else() -> None:
    question = SecretQuestion(t("PIN"), answers.pin.__name__)
    sheet = render_page(at("pin"), ask_secret(question, then=Do(CONFIRM, Place("contract.confirmed"))), WIDE)
    step = typed(sheet, " 4071 ")
    assert step == PerformEffect(sheet.session, CONFIRM, Place("contract.confirmed"), Secret("4071"))
    assert b"4071" not in msgspec.json.encode(step.session)
    assert "4071" not in repr(step)


def test_after_an_effect_that_binds_back_leads_home_only() -> None:
    session = replace(at("contracts", "contract", "pin"), answers={"role": "buyer"}, page=2)
    after = after_effect(session, CONFIRM, Place("contract.confirmed"))
    assert after.trail == (HOME, Place("contract.confirmed"))
    assert (after.answers, after.page) == ({}, 0)
    sheet = render_page(after, menu(t("Done")), WIDE)
    assert place_after(sheet, "0") == HOME
    assert sheet.session.shown == {} and sheet.session.asked is None, "nothing on the page can do it again"


def test_after_an_effect_that_can_be_done_again_back_leads_where_it_led() -> None:
    after = after_effect(at("settings", "settings.language"), SetLanguage("sw"), Place("settings.said"))
    assert [place.name for place in after.trail] == ["home", "settings", "settings.language", "settings.said"]


def test_a_choice_may_have_an_effect_at_once() -> None:
    sheet = render_page(
        at("settings.language"), menu(t("Which?"), choice(t("Sw"), do(SetLanguage("sw"), "said"))), WIDE
    )
    assert typed(sheet, "1") == PerformEffect(sheet.session, SetLanguage("sw"), Place("said"), None)


def test_an_end_hangs_up_on_its_last_page_and_has_no_keys() -> None:
    short = render_page(at("x"), end(t("Goodbye.")), WIDE)
    assert (short.text, short.ends, short.session.keys) == ("Goodbye.", True, ())
    long = render_page(at("x"), end(t("Goodbye, " * 20)), NARROW)
    assert (long.ends, long.session.keys) == (False, ("98",))


def test_a_trail_does_not_grow_without_end() -> None:
    session = Session("en")
    for step in range(200):
        session = go_to(session, go("again", step=step))
    assert len(session.trail) == 24
    assert session.here.about == {"step": 199}
    for _ in range(30):
        step_back = typed(render_page(session, menu(t("x")), WIDE), "0")
        session = step_back.session
    assert session.here == HOME, "and its beginning is home all the same"


def test_a_page_that_says_the_same_to_everybody_is_laid_out_for_each_language_budget_and_place() -> None:
    """And what its keys mean is of this session."""
    screen = menu(t("Settings"), *(choice(t("Language"), go("one")), choice(t("Help"), go("two"))) * 4)
    narrow = Budget("CON ", septets=60)
    for _ in range(2):  # the second time it is known
        english, swahili = (
            render_page(replace(at("settings"), language=language), screen, WIDE) for language in ("en", "sw")
        )
        assert "Language" in english.text and "Language" not in swahili.text
        assert english.session.language == "en" and swahili.session.language == "sw"
        assert "98. More" in render_page(at("settings"), screen, narrow).text
        assert "98. More" not in english.text
        assert "0. Back" not in render_page(Session("en"), screen, WIDE).text
        other = menu(screen.body, *(replace(one, move=go("other")) for one in screen.choices))
        assert render_page(at("settings"), other, WIDE).session.shown["1"] == go("other")
        second = render_page(replace(at("settings"), page=1), screen, narrow)
        assert second.session.page == 1 and not second.text.startswith("Settings")


def test_the_page_is_in_the_sessions_language() -> None:
    sheet = render_page(replace(at("offers"), language="sw"), offers("maize"), WIDE)
    assert "Back" not in sheet.text and sheet.text.count("\n0. ") == 1


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
about = st.dictionaries(words, plain, max_size=3)
places = st.builds(Place, words, about)
effects = st.one_of(
    st.builds(Confirm, words),
    st.builds(SetLanguage, words),
    st.builds(
        MakeContract, st.sampled_from(["buyer", "seller"]), *[words] * 4, st.integers(1, 10**12), words, words, words
    ),
)
moves: st.SearchStrategy[Move] = st.one_of(
    st.builds(Go, places, about), st.builds(Do, effects, places), st.just(Return())
)
sessions = st.builds(
    Session,
    language=words,
    trail=st.lists(places, min_size=1, max_size=4).map(tuple),
    page=st.integers(0, 9),
    answers=about,
    shown=st.dictionaries(st.sampled_from("123456789"), moves, max_size=4),
    asked=st.none() | st.builds(OpenQuestion, words, moves, st.none() | words),
    keys=st.lists(st.sampled_from(["0", "00", "98"]), unique=True).map(tuple),
)


@given(sessions)
def test_a_session_comes_back_from_the_store_as_it_was(session: Session) -> None:
    assert stored(session) == session


@given(st.lists(words.filter(str.strip), min_size=1, max_size=12), st.integers(60, 182))
def test_every_choice_can_be_reached_and_means_itself(names: list[str], septets: int) -> None:
    """However small the screen: page by page, each key leads to the place of one choice, and all are there."""
    screen = menu(t("Offers"), *(Choice(t("{n}", n=name), go("offer", n=n)) for n, name in enumerate(names)))
    sheet, reached = render_page(at("offers"), screen, Budget("CON ", septets=septets, units=septets)), []
    for _ in range(len(names) + 5):
        reached += [place_after(sheet, str(at + 1)).about["n"] for at in sheet.options]
        if "98" not in sheet.session.keys:
            break
        step = typed(sheet, "98")
        sheet = render_page(step.session, screen, Budget("CON ", septets=septets, units=septets))
    assert reached == list(range(len(names)))

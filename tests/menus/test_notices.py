"""What is said by SMS: in every language, with everything in it as long as it may be, and still short."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from contracts.lifecycle import Contract, Status
from contracts.notices import ANSWERS, Kind, Notice
from menus.checking.agreements import agreement
from menus.checking.worlds import SERVICE_CODE, World, worlds
from menus.gsm7 import is_gsm7, segments
from menus.notices import text_of
from menus.words import LANGUAGES

LONGEST = {world.name: world for world in worlds()}
TYPICAL, WORST = LONGEST["everyday words"], LONGEST["longest words"]


def _numbered(world: World, number: int) -> Contract:
    """One of several of the same caller, each as long as they get."""
    return replace(agreement(world, waits=number % 2 == 0), id=UUID(int=number), reference=f"{40718353 + number}")


def notices(world: World, language: str) -> Iterator[Notice]:
    """One of each kind, of each role and standing where that changes the words."""
    waiting = [agreement(world, role=role, named=named) for role in ("buyer", "seller") for named in (True, False)]
    settled = [agreement(world, status=status.value, waits=False) for status in Status]
    about: dict[Kind, list[tuple[Contract, ...]]] = {
        Kind.OFFERED: [(contract,) for contract in waiting],
        Kind.STATUS: [(contract,) for contract in (*waiting, *settled)],
        Kind.WHICH: [tuple(_numbered(world, number) for number in range(5))],
        Kind.LIST: [tuple(_numbered(world, number) for number in range(count)) for count in (2, 16)],
    }
    for kind in Kind:
        for contracts in about.get(kind, [(waiting[0],)]):
            other = contracts[0].parties[1].msisdn
            for by in (world.caller, other):
                yield Notice(kind, None, world.caller, language, contracts, by, contracts[0].reference)


def most(kind: Kind, text: str) -> int:
    """Parts. An offer at its longest says a name of 60 letters and all of the terms: none of it can be left out."""
    return 2 if is_gsm7(text) else 5 if kind is Kind.OFFERED else 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", [TYPICAL, WORST], ids=lambda world: world.name)
def test_no_message_is_longer_than_a_few_parts(world: World, language: str) -> None:
    long = {}
    for notice in notices(world, language):
        text = text_of(notice, language, SERVICE_CODE)
        if len(segments(text)) > most(notice.kind, text):
            long[notice.kind.value, len(segments(text))] = text
    assert long == {}


@pytest.mark.parametrize("language", ["en", "sw", "fr"])
def test_an_answer_is_one_part_where_goods_have_everyday_names(language: str) -> None:
    answers = [
        notice for notice in notices(TYPICAL, language) if notice.kind in ANSWERS and notice.kind is not Kind.LIST
    ]
    texts = [text_of(notice, language, "*483#") for notice in answers]
    assert [text for text in texts if len(segments(text)) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", LONGEST.values(), ids=lambda world: world.name)
def test_a_list_names_as_many_as_two_parts_hold(world: World, language: str) -> None:
    contracts = tuple(_numbered(world, number) for number in range(16))
    text = text_of(Notice(Kind.LIST, None, world.caller, language, contracts), language, SERVICE_CODE)
    named = [contract.reference for contract in contracts if contract.reference in text]
    assert named == [contract.reference for contract in contracts[: len(named)]]
    assert len(named) > 1 or len(segments(text)) > 1
    assert SERVICE_CODE in text


def test_every_kind_has_words_of_its_own() -> None:
    said = {kind: set[str]() for kind in Kind}
    for notice in notices(TYPICAL, "en"):
        said[notice.kind].add(text_of(replace(notice, language=None), "en", SERVICE_CODE))
    assert all(said.values())
    assert sum(map(len, said.values())) == len(set().union(*said.values()))

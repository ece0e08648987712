"""Both verifiers on packs of contracts whose money waited with the service: they add it up, and name what cannot be."""

# ruff: noqa: E501 - an alteration is one line

import json
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from contracts.proof.canonical import canonical_json
from tests.browser import Page
from tests.verifier.alterations import changed_json, rechained
from tests.verifier.two_verifiers import by_page, by_python, first_fault, listed_anew, zipped

Files = dict[str, bytes]
Json = dict[str, Any]


async def test_a_pack_with_money_is_whole_and_says_where_the_money_is(money_packs: list[Files], page: Page) -> None:
    paid, refunded = (by_python(zipped(files)) for files in money_packs)
    for files, report in zip(money_packs, (paid, refunded), strict=True):
        assert report["verdict"] == "whole", report["problems"]
        assert await by_page(page, zipped(files)) == report
        assert "rail_told" in {each["why"] for each in report["conditions"]}
    assert _values(paid) == {
        "came": "KES 3,000.00", "paid": "KES 2,950.00", "back": "KES 0.00", "fees": "KES 50.00", "waits": "KES 0.00",
    }  # fmt: skip
    assert _values(refunded) == {
        "came": "KES 3,000.00", "paid": "KES 0.00", "back": "KES 0.00", "fees": "KES 0.00", "waits": "KES 3,000.00",
    }  # fmt: skip


def test_the_list_has_every_movement_with_its_receipt_and_nobody_who_paid(money_packs: list[Files]) -> None:
    listed = orjson.loads(money_packs[0]["money.json"])
    assert [(each["debit"], each["credit"], each["amount_minor"], each["rail"], each["receipt"]) for each in listed] == [
        ("rail", "held", 200_000, "memory", "R1"), ("rail", "held", 100_000, "memory", "R2"),
        ("held", "payable", 118_000, None, None), ("held", "fees", 2_000, None, None),
        ("payable", "rail", 118_000, "memory", "R3"), ("held", "payable", 177_000, None, None),
        ("held", "fees", 3_000, None, None), ("payable", "rail", 177_000, "memory", "R4"),
    ]  # fmt: skip
    assert json.loads(money_packs[0]["contract.json"])["format"] == "voicepact-contract/2"
    for files in money_packs:
        assert not any(re.search(b"a hash of who paid|school fees", content) for content in files.values())


def _changed(seek: str, change: Callable[[Json], object]) -> Callable[[Files], Files]:
    """Return what changes the money of the first step that has `seek`, as who has the database and the key can."""
    return _changed_step(seek, lambda text: change(text["money"]))


def _changed_step(seek: str, change: Callable[[Json], object]) -> Callable[[Files], Files]:
    """Return what changes that step."""

    def altered(files: Files) -> Files:
        steps = sorted(name for name in files if name.endswith(".entry"))
        name = next(name for name in steps if seek.encode() in files[name][32:] and b'"money":' in files[name][32:])
        text = orjson.loads(files[name][32:])
        change(text)
        return rechained(files, int(name[6:10]), files[name][32:], canonical_json(text))

    return altered


def _posting(money: Json) -> Json:
    found: Json = money["postings"][0]
    return found


def _twice(name: str) -> Callable[[Json], object]:
    return lambda money: money[name].append(money[name][0])


ALTERED = [
    pytest.param(lambda files: changed_json(files, "money.json", lambda items: items[:-1]), "money.json", "list_count",
                 id="a movement is not listed"),
    *(pytest.param(lambda files, key=key, value=value: changed_json(files, "money.json",
                   lambda items: [items[0] | {key: value}, *items[1:]]), "money.json", "list_differs", id=f"another {key} is listed")
      for key, value in (("amount_minor", 1), ("receipt", "R9"), ("rail", "x"), ("debit", "held"), ("at", "x"), ("step", 1),
                         ("currency", "UGX"), ("transfer", None))),
    pytest.param(lambda files: {name: files[name] for name in files if name != "money.json"}, "money.json", "not_there",
                 id="nothing is listed"),
    *(pytest.param(_changed(seek, change), "audit/*", "money_wrong", id=name) for name, seek, change in (
        ("a larger amount came than the rail moved", '"receipt":"R1"', lambda money: _posting(money).update(amount_minor=300_000)),
        ("what came is written twice", '"receipt":"R1"', _twice("postings")),
        ("a transfer ends twice", '"receipt":"R1"', _twice("ended")),
        ("a transfer is ordered twice", '"kind":"release"', lambda money: money["transfers"] and _twice("transfers")(money)),
        ("a transfer ends that nobody ordered", '"receipt":"R3"', lambda money: money["ended"][0].update(id="x")),
        ("a payout is of another amount", '"receipt":"R3"', lambda money: (money["ended"][0].update(amount_minor=1),
                                                                        _posting(money).update(amount_minor=1))),
        ("a payout becomes a refund", '"receipt":"R3"', lambda money: money["ended"][0].update(kind="refund")),
        ("a payout has failed, and is paid", '"receipt":"R3"', lambda money: money["ended"][0].update(status="failed")),
        ("more goes to the seller than came", '"credit":"fees"', lambda money: _posting(money).update(amount_minor=900_000)),
        ("less than nothing moves", '"credit":"fees"', lambda money: money["postings"][1].update(amount_minor=-2_000)),
        ("an account that there is not", '"credit":"fees"', lambda money: money["postings"][1].update(credit="mine")),
        ("money comes from suspense that was not there", '"credit":"fees"', lambda money: _posting(money).update(debit="suspense")),
        ("the payment goes back", '"RELEASED"', lambda money: money["payment"].update(status="PENDING")),
        ("another payment", '"RELEASED"', lambda money: money["payment"].update(id="x")),
        ("another currency", '"RELEASED"', lambda money: money["payment"].update(currency="UGX")),
        ("no payment", '"PENDING"', lambda money: money["payment"].update(status="LOCKED")),
        ("the contract is over, and its payment is not", '"RELEASED"', lambda money: money["payment"].update(status="LOCKED")),
        ("the payment is over, and the contract is not", '"LOCKED"', lambda money: money["payment"].update(status="RELEASED")),
        ("all goes back, and the seller has got it", '"RELEASED"', lambda money: money["payment"].update(status="REFUNDED")),
        ("what is the seller's becomes the buyer's", '"receipt":"R3"', lambda money: _posting(money).update(credit="refundable")),
        ("what waits leaves for nobody", '"receipt":"R3"', lambda money: _posting(money).update(debit="held")),
    )),
    pytest.param(_changed('"RELEASED"', lambda money: money["postings"].pop(0)), "audit/*", "money_left",
                 id="the contract is over, and a share is nobody's"),
    pytest.param(_changed('"RELEASED"', lambda money: money.update(postings=[])), "audit/*", "money_left",
                 id="the contract is over, and nothing of it moves"),
    pytest.param(_changed('"RELEASED"', lambda money: _posting(money).update(amount_minor=176_900)), "audit/*", "money_left",
                 id="the contract is over, and a shilling is nobody's"),
    *(pytest.param(_changed_step('"reason":"limit"', change), "audit/*", "over", id=f"once it is over, {name}") for name, change in (
        ("the total is another", lambda text: text["after"].update(total_minor=1)),
        ("the terms are others", lambda text: text["after"].update(terms_version=2)),
        ("it goes on", lambda text: text["after"].update(status="ACTIVE")),
        ("it ends otherwise", lambda text: text["after"].update(status="CANCELLED")),
        ("a version is left out", lambda text: text["after"].update(version=text["after"]["version"] + 1)),
        ("a version is taken twice", lambda text: text["after"].update(version=text["after"]["version"] - 1)),
        ("money moves by what is no money", lambda text: text["actions"][0].update(action="delivery.received")),
        ("and no version says so", lambda text: (text["actions"][0].update(action="delivery.received"), text.pop("after"))),
    )),
    *(pytest.param(_changed('"receipt":"R1"', change), "audit/*", "field", id=f"the shape of {name}") for name, change in (
        ("an amount", lambda money: _posting(money).update(amount_minor=True)),
        ("an id", lambda money: _posting(money).update(id=7)),
        ("the postings", lambda money: money.update(postings={})),
        ("one posting", lambda money: money.update(postings=[1])),
        ("what ended", lambda money: money["ended"][0].update(kind=None)),
    )),
    pytest.param(lambda files: {name: raw.replace(b"voicepact-contract/2", b"voicepact-contract/1")
                                if name.startswith(("forms/", "contract.json")) else raw for name, raw in files.items()},
                 "forms/*", "field", id="the format of a form without payment"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "file", "why"), ALTERED)
async def test_what_cannot_be_of_money_is_named(
    money_packs: list[Files], page: Page, change: Callable[[Files], Files], file: str, why: str
) -> None:
    pack = zipped(listed_anew(change(dict(money_packs[0]))))
    report = by_python(pack)
    assert report["verdict"] == "broken", report["conditions"]
    named, said = first_fault(report)
    assert said == why and re.fullmatch(file.replace("*", ".*"), named), (named, said)
    assert await by_page(page, pack) == report


def _values(report: Any) -> Json:
    found: Json = next(each["values"] for each in report["conditions"] if each["why"] == "money")
    return found

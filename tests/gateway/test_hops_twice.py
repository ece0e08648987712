"""Every hop and every callback again: in turn, at the same moment, through two workers. Same bytes, one effect."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import pytest
import pytest_asyncio

from tests.handset import MORE, Answer, Edge, Handset, weighed
from tests.service import Service, audit_of, open_service

AMINA, OTIENO, EVE = "+254712345678", "+254711222333", "+254733000111"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")
PIN = "4826"

Send = Callable[[Sequence[Edge], str, dict[str, str]], Awaitable[list[Answer]]]


async def in_turn(edges: Sequence[Edge], route: str, form: dict[str, str]) -> list[Answer]:
    """One after the other, each on the next worker."""
    return [await edge.hook(route, form) for edge in edges]


async def at_once(edges: Sequence[Edge], route: str, form: dict[str, str]) -> list[Answer]:
    return await asyncio.gather(*(edge.hook(route, form) for edge in edges))


@dataclass(frozen=True)
class Way:
    """How everything is sent: how often, in turn or at once, to how many workers."""

    times: int
    send: Send
    workers: int = 1

    async def __call__(self, service: Service, route: str, form: dict[str, str]) -> Answer:
        edges = list(islice(cycle(service.edges[: self.workers]), self.times))
        first, *others = await self.send(edges, route, form)
        assert first.status == 200, first.body
        assert others == [first] * len(others)
        return first


WAYS = [
    pytest.param(Way(1, in_turn), id="once"),
    pytest.param(Way(2, at_once), id="twice at once"),
    pytest.param(Way(2, in_turn, 2), id="twice in turn, two workers"),
    pytest.param(Way(2, at_once, 2), id="twice at once, two workers"),
    pytest.param(Way(10, at_once, 2), id="ten at once, two workers"),
]
ONCE, ROUGHEST = WAYS[0], WAYS[-1]


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """Two workers, as different processes are: nothing in common but the database, the session store and the double."""
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


@asynccontextmanager
async def locks_stolen(service: Service) -> AsyncIterator[None]:
    """Take every lock away as soon as somebody has it."""

    is_over = False

    async def steal() -> None:
        while not is_over:  # not cancelled: redis-py may swallow that
            if locks := await service.redis.keys("*:lock"):
                await service.redis.delete(*locks)

    thief = asyncio.create_task(steal())
    try:
        yield
    finally:
        is_over = True
        await thief


@dataclass
class Caller:
    """A phone whose every hop is sent in one way; `said` keeps what each `text` was answered."""

    service: Service
    phone: Handset
    way: Way
    said: dict[str, bytes] = field(default_factory=dict)

    async def dials(self, *answers: str, deeper: str = "") -> bytes:
        self.phone.session_id = f"ATUid_{random.randbytes(16).hex()}"  # noqa: S311
        self.phone.typed = [deeper] if deeper else []
        self.said = {}
        await self.hop()
        return await self.types(*answers)

    async def types(self, *answers: str) -> bytes:
        for answer in answers:
            self.phone.typed.append(answer)
            await self.hop()
        return self.said[self.phone.history]

    async def chooses(self, label: str) -> bytes:
        """Press the key of this choice, on whatever page it is."""
        while (key := self.phone.screen.key_of(label)) is None:
            await self.types(MORE)
        return await self.types(key)

    async def hop(self) -> None:
        answer = await self.way(self.service, "ussd", self.phone.hop_form())
        self.phone.screen = weighed(answer)
        self.said[self.phone.history] = answer.body


def caller(service: Service, msisdn: str, way: Way | None = None) -> Caller:
    return Caller(service, service.phone(msisdn), way or Way(1, in_turn))


async def agree_by_sms(service: Service, way: Way) -> None:
    """The main story, all of it in one way: hops, the end of the session, the MO, and reports on every message."""
    amina = caller(service, AMINA, way)
    made = await amina.dials(*OFFER, PIN, PIN)
    assert made.startswith(b"END Contract ")
    await way(service, "ussd/events", amina.phone.end_form("Success"))
    otieno = service.phone(OTIENO)
    assert await otieno.next_sms()
    await way(service, "sms", otieno.mo_form("YES", "mo-1"))
    assert await otieno.next_sms()
    assert await amina.phone.next_sms()
    await service.sms_settled()
    for row in await service.db.fetch("SELECT provider_message_id AS id FROM sms_logs WHERE direction = 'out'"):
        for status in ("Success", "Buffered", "Failed"):
            await way(service, "sms/reports", {"id": row["id"], "status": status, "phoneNumber": OTIENO})


AGREED_BY_SMS = {
    "acted_hops": 2,  # the PIN chosen, the contract made
    "audit_logs": 5,
    "confirmation_texts": 2,
    "confirmations": 2,
    "contract_forms": 1,
    "contract_parties": 2,
    "contract_signatures": 2,
    "contracts": 1,
    "mo_receipts": 1,
    "phones": 2,
    "sms_logs": 4,  # the offer, the YES, both told
    "sms_tries": 3,
    "sms_reports": 12,  # of three messages: Sent and Success by the double, Buffered and Failed by us
    "ussd_sessions": 1,
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_main_story(service: Service, way: Way) -> None:
    await agree_by_sms(service, way)
    assert {name: rows for name, rows in (await service.counts()).items() if rows} == AGREED_BY_SMS
    await assert_agreed(service)
    statuses = await service.db.fetch("SELECT DISTINCT status, tries FROM sms_logs WHERE direction = 'out'")
    assert [tuple(row) for row in statuses] == [("delivered", 1)], "a late Failed does not undo what was delivered"
    for msisdn, texts in ((AMINA, 1), (OTIENO, 2)):
        assert len(await service.edge.texts_to(msisdn)) == texts
    chain = await service.db.fetchval("SELECT id FROM contracts")
    assert await audit_of(service.db, chain) == [
        (AMINA, "ussd", "contract.made"),
        (AMINA, "ussd", "contract.confirm"),
        (OTIENO, "sms", "contract.confirm"),
        (None, "service", "contract.confirmed"),
    ]


@pytest.mark.parametrize("way", WAYS)
async def test_the_other_party_confirms_by_ussd(service: Service, way: Way) -> None:
    await caller(service, AMINA, way).dials(*OFFER, PIN, PIN)
    otieno = caller(service, OTIENO, way)
    await otieno.dials("1", "1")
    await otieno.chooses("Confirm")
    said = await otieno.types("7391", "7391")
    assert b"is confirmed by all" in said
    await service.sms_settled()
    counts = await service.counts()
    assert {name: counts[name] for name in ("contracts", "confirmations", "sms_logs", "acted_hops", "audit_logs")} == {
        "contracts": 1, "confirmations": 2, "sms_logs": 3, "acted_hops": 4, "audit_logs": 6,
    }  # fmt: skip
    await assert_agreed(service)


async def test_without_the_lock(service: Service) -> None:
    """A lock can be lost, for instance when its time is over. What makes things right is the rest."""
    async with locks_stolen(service):
        way = Way(6, at_once, 2)
        await agree_by_sms(service, way)
        assert {name: rows for name, rows in (await service.counts()).items() if rows} == AGREED_BY_SMS
        await assert_agreed(service)
        amina = caller(service, AMINA, way)
        await amina.dials(*OFFER, "9999")
        assert await pin_tries(service) == (1, False)
        await amina.types("9998")
        assert await pin_tries(service) == (2, False)
        assert b"is made" in await amina.types(PIN)
    assert (await service.counts())["contracts"] == 2


@pytest.mark.parametrize("holder_died", [False, True])
async def test_two_different_answers_at_the_same_moment_are_one(
    database_url: str, redis_url: str, holder_died: bool
) -> None:
    """Whichever is first is what the caller typed; the other fits nowhere, and gets the same screen. Also where both
    have passed by a lock that nobody lets go of."""
    async with open_service(database_url, redis_url, workers=2, hop_budget_ms=300) as service:
        for _ in range(5):
            amina = caller(service, AMINA)
            await amina.dials("2")
            if holder_died:
                await service.redis.set(f"ussd:{{africastalking:{amina.phone.session_id}}}:lock", "dead", px=5000)
            forms = [amina.phone.hop_form(text) for text in ("2*1", "2*2")]
            answers = await asyncio.gather(*(e.hook("ussd", f) for e, f in zip(service.edges, forms, strict=True)))
            (said,) = {answer.body for answer in answers}
            assert said.startswith(b"CON Phone number of the ")


@pytest.mark.parametrize("way", WAYS)
async def test_a_wrong_pin_is_one_try(service: Service, way: Way) -> None:
    amina = caller(service, AMINA, way)
    await amina.dials("5", "2", PIN, PIN)
    await amina.dials(*OFFER)
    for tries in (1, 2):
        assert b"This PIN did not work" in await amina.types("9999")
        assert await pin_tries(service) == (tries, False)
    assert b"is made" in await amina.types(PIN)
    assert await pin_tries(service) == (0, False)
    assert (await service.counts())["contracts"] == 1


@pytest.mark.parametrize("way", [ONCE, ROUGHEST])
async def test_a_language_is_chosen_once(service: Service, way: Way) -> None:
    said = await caller(service, AMINA, way).dials("5", "1", "2")
    assert b"Kiswahili" in said
    chosen = await service.db.fetch("SELECT action FROM audit_logs")
    assert [row["action"] for row in chosen] == ["language.chosen"]


@pytest.mark.parametrize("way", [ONCE, ROUGHEST])
async def test_a_message_that_is_only_answered_is_answered_once(service: Service, way: Way) -> None:
    otieno = service.phone(OTIENO)
    await way(service, "sms", otieno.mo_form("hello?", "mo-1"))
    assert "answer YES or NO" in (await otieno.next_sms() or "")
    await service.sms_settled()
    assert await otieno.unread() == []
    assert (await service.counts())["sms_logs"] == 2


@pytest.mark.parametrize("way", [ONCE, *WAYS[-2:]])
async def test_a_decline_and_a_confirmation_at_once_are_one_answer(service: Service, way: Way) -> None:
    """By SMS and by USSD at the same moment: whichever comes first stands, the other is told so."""
    await caller(service, AMINA).dials(*OFFER, PIN, PIN)
    otieno = caller(service, OTIENO, way)
    await otieno.dials("1", "1")
    await otieno.chooses("Confirm")
    await otieno.types("7391")
    mo = otieno.phone.mo_form("NO", "mo-1")
    await asyncio.gather(otieno.types("7391"), way(service, "sms", mo))
    await service.sms_settled()
    status = await service.db.fetchval("SELECT status FROM contracts")
    answers = await service.db.fetch("SELECT answer FROM confirmations WHERE phone_id <> $1", await phone_id(service))
    assert (status, [row["answer"] for row in answers]) in [("CONFIRMED", ["confirm"]), ("CANCELLED", ["decline"])]
    told = [row["kind"] for row in await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out'")]
    assert told.count("confirmed") + told.count("declined") == 2
    assert (b"is confirmed by all" in otieno.said[otieno.phone.history]) == (status == "CONFIRMED")


async def test_many_phones_answer_one_contract_at_once(service: Service) -> None:
    """Two confirm at the very moment each: the second finds the first done, and the contract moves once."""
    await caller(service, AMINA).dials(*OFFER, PIN, PIN)
    otieno = service.phone(OTIENO)
    many = [edge.hook("sms", otieno.mo_form("YES", f"mo-{n}")) for n, edge in enumerate(service.edges * 5)]
    assert {answer.status for answer in await asyncio.gather(*many)} == {200}
    await service.sms_settled()
    kinds = [row["kind"] for row in await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out'")]
    assert [kinds.count(kind) for kind in ("confirmed", "offered")] == [2, 1]
    assert set(kinds) == {"confirmed", "offered", "nothing_waits"}, "the last of which is not said nine times"
    await assert_agreed(service)


async def test_older_hops_again_get_their_own_replies(service: Service) -> None:
    amina = caller(service, AMINA)
    await amina.dials(*OFFER)
    await replay(service, amina)
    await amina.types(PIN, PIN)
    await replay(service, amina)
    assert (await service.counts())["contracts"] == 1


async def test_a_hop_that_acted_is_known_when_the_session_is_lost(service: Service) -> None:
    amina = caller(service, AMINA)
    made = await amina.dials(*OFFER, PIN, PIN)
    await service.redis.flushdb()
    before = await settled_rows(service)
    for answer in await at_once(service.edges * 5, "ussd", amina.phone.hop_form()):
        assert answer.body == made
    assert await service.rows() == before


async def test_a_session_that_is_lost_half_way_goes_on(service: Service) -> None:
    amina = caller(service, AMINA)
    asked = await amina.dials(*OFFER, PIN)
    for _ in range(2):  # behind the first effect, twice: on both workers
        await service.redis.flushdb()
        assert (await service.edges[1].hook("ussd", amina.phone.hop_form())).body == asked
    await service.redis.flushdb()
    assert await amina.types(PIN) == asked, "what only a PIN can do is not done on the way: it is asked for again"
    assert (await service.counts())["contracts"] == 0
    assert b"is made" in await amina.types(PIN)
    assert (await service.counts())["contracts"] == 1


@pytest.mark.parametrize(
    ("heard", "then"),
    [
        pytest.param("2*1", "2*2", id="another answer to the same screen"),
        pytest.param("2*1", "9", id="shorter, and never heard"),
        pytest.param("2*1", "2*10", id="a digit more, not an answer more"),
        pytest.param("2", "20*1", id="a digit more, then an answer"),
        pytest.param("2*1", "3*1*2", id="longer, of another conversation"),
        pytest.param("2*1*0711222333", "2*1*071122233", id="a digit less"),
        pytest.param("2*1*", "2*1*x", id="something where nothing was typed"),
    ],
)
async def test_a_text_that_does_not_go_on_from_the_last_runs_nothing(service: Service, heard: str, then: str) -> None:
    amina = caller(service, AMINA)
    last = await amina.dials(*heard.split("*"))
    kept, rows = await service.sessions(), await service.rows()
    for answer in await at_once(service.edges, "ussd", amina.phone.hop_form(then)):
        assert answer.body == last
    assert (await service.sessions(), await service.rows()) == (kept, rows)


async def test_one_is_no_start_of_ten(service: Service) -> None:
    """`1` then `10`: not a 0 behind the 1, which would be Back. `1*0` is."""
    amina = caller(service, AMINA)
    home = await amina.dials()
    contracts = await amina.types("1")
    assert (await service.edge.hook("ussd", amina.phone.hop_form("10"))).body == contracts != home
    assert await amina.types("0") == home


@pytest.mark.parametrize("longer", ["{heard}*1", "{heard}*", "{heard}*4826*4826", "1", ""])
async def test_a_hop_after_the_end(service: Service, longer: str) -> None:
    amina = caller(service, AMINA)
    made = await amina.dials(*OFFER, PIN, PIN)
    rows = await settled_rows(service)
    text = longer.format(heard=amina.phone.history)
    expected = amina.said.get(text, made)
    assert (await service.edge.hook("ussd", amina.phone.hop_form(text))).body == expected
    assert await service.rows() == rows


@pytest.mark.parametrize("heard", [0, 3, len(OFFER), len(OFFER) + 1, len(OFFER) + 2])
async def test_a_session_id_of_another_caller_is_refused(service: Service, heard: int) -> None:
    amina = caller(service, AMINA)
    answers = (*OFFER, PIN, PIN, "1")
    await amina.dials(*answers[:heard])
    kept, rows = await service.sessions(), await settled_rows(service)
    eve = service.phone(EVE)
    eve.session_id = amina.phone.session_id
    for history in ("", amina.phone.history, "*".join(answers[: heard + 1])):
        for answer in await at_once(service.edges, "ussd", eve.hop_form(history)):
            assert (answer.status, answer.content_type) == (403, "application/problem+json")
            assert json.loads(answer.body) == {
                "type": "about:blank",
                "title": "sessionId: belongs to another caller",
                "status": 403,
                "field": "sessionId",
            }
    assert (await service.sessions(), await service.rows()) == (kept, rows)
    await amina.types(answers[heard])  # she goes on as if nothing had been


@pytest.mark.parametrize("heard", [len(OFFER) + 1, len(OFFER) + 2])
async def test_nor_does_another_caller_get_it_when_the_session_is_lost(service: Service, heard: int) -> None:
    """Nothing but the record of what was done knows this session now; it is not told to somebody else."""
    amina = caller(service, AMINA)
    mine = await amina.dials(*(*OFFER, PIN, PIN)[:heard])
    rows = await settled_rows(service)
    await service.redis.flushdb()
    eve = service.phone(EVE)
    eve.session_id = amina.phone.session_id
    answer = await service.edge.hook("ussd", eve.hop_form(amina.phone.history))
    assert answer.body != mine
    assert b"You buy 50 bags" in answer.body, "what was typed is taken as hers, up to what only a PIN can do"
    assert await service.rows() == rows


@pytest.mark.parametrize("way", [ONCE, ROUGHEST])
async def test_a_deep_dial(service: Service, way: Way) -> None:
    rows = await service.rows()
    for dialled, shows in DEEP_DIALS.items():
        amina = caller(service, AMINA, way)
        said = await amina.dials(deeper=dialled)
        assert said.decode().startswith(f"CON {shows}"), dialled
        assert await service.rows() == rows, dialled
        assert b"VoicePact: agree" in await amina.types("00"), "what comes next is taken as typed on this screen"


DEEP_DIALS = {
    "2": "Are you the buyer or the seller?",
    "2*1*0711222333": "What is sold?",
    "2*9*1": "Phone number of the seller",  # a wrong answer is passed over, as it would have been
    "2*1*hello*maize": "That is no phone number.",
    "2*": "Please choose a number from the list.\nAre you",  # an empty answer
    "9": "Please choose a number from the list.\nVoicePact",
    "*".join(OFFER[:-1]): "You buy 50 bags maize",
    "*".join(OFFER): "You buy 50 bags maize",  # never to a PIN: what it would be for is shown first
    "*".join((*OFFER, PIN, PIN)): "You buy 50 bags maize",
    "5*1*2": "Choose your language",  # nor past any other effect
    "*": "Please choose a number from the list.\nVoicePact",
    "2*1*0711222333*maize*50 bags*a*b*c*3500": "Where is it delivered?",
}


async def test_hops_of_many_sessions_at_once(service: Service) -> None:
    """Forty people make a contract each with the same other person, all at the same time, every hop twice."""
    people = [caller(service, f"+2547200000{n:02}", Way(2, at_once, 2)) for n in range(40)]
    said = await asyncio.gather(*(person.dials(*OFFER, PIN, PIN) for person in people))
    assert all(b"is made" in one for one in said)
    counts = await service.counts()
    assert (counts["contracts"], counts["phones"], counts["confirmations"]) == (40, 41, 40)
    assert len(set(said)) == 40


async def replay(service: Service, amina: Caller) -> None:
    """Every hop so far again, in any order, one by one and all at once: each gets what it got, and nothing happens."""
    kept, rows = await service.sessions(), await settled_rows(service)
    again = [*amina.said.items()] * 2
    random.shuffle(again)
    forms = [(service.edges[n % 2], amina.phone.hop_form(text)) for n, (text, _) in enumerate(again)]
    one_by_one = [await edge.hook("ussd", form) for edge, form in forms]
    together = await asyncio.gather(*(edge.hook("ussd", form) for edge, form in forms))
    assert [answer.body for answer in one_by_one] == [said for _, said in again]
    assert [answer.body for answer in together] == [said for _, said in again]
    assert (await service.sessions(), await service.rows()) == (kept, rows)


async def assert_agreed(service: Service) -> None:
    contracts = await service.db.fetch("SELECT status, version FROM contracts")
    assert [tuple(row) for row in contracts] == [("CONFIRMED", 2)]
    signatures = await service.db.fetch("SELECT status FROM contract_signatures")
    assert [row["status"] for row in signatures] == ["signed", "signed"]
    assert await service.db.fetchval("SELECT max(pin_tries) FROM phones") == 0


async def settled_rows(service: Service) -> dict[str, list[str]]:
    """Every row, once no message is on its way."""
    await service.sms_settled()
    return await service.rows()


async def pin_tries(service: Service) -> tuple[int, bool]:
    row = await service.db.fetchrow("SELECT pin_tries, pin_locked_until FROM phones WHERE msisdn = $1", AMINA)
    assert row is not None
    return row["pin_tries"], row["pin_locked_until"] is not None


async def phone_id(service: Service) -> object:
    return await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)

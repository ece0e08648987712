"""MOs through the real service: each is stored once, acted on once and answered at most once."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import count, islice
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from gateway.inbox.limits import ANSWERS_IN_DAY, ANSWERS_IN_HOUR
from menus.gsm7 import segments
from tests.gateway.inbox.texting import (
    BUYER,
    make_offer,
    message_numbers,
    seller_msisdns,
    send_sms,
    sms_log_of,
    status_of,
    time_passes,
)
from tests.service import Service, audit_of

# Each intent with its words in all our languages, and the kind of SMS that answers it.
COMMANDS = {
    "status": (["STATUS", "Hali", "statut", "matsayi", "ሁኔታ", "sttus"], "no_contracts"),
    "list": (["LIST", "orodha", "Liste", "JERI", "ዝርዝር", "lsit"], "no_contracts"),
    "help": (["HELP", "Msaada", "aide", "taimako", "እርዳታ", "hlep"], "help"),
    "language": (["LANG en", "LUGHA Kiswahili", "langue français", "harshe hausa", "ቋንቋ አማርኛ"], "language"),
    "stop": (["STOP", "acha", "arrêter", "tsaya", "አቁም"], "stopped"),
    "start": (["START", "anza", "reprendre", "fara", "ጀምር"], "started"),
    "received": (["RECEIVED", "nimepokea", "reçu", "na karɓa", "ደርሶኛል"], "nothing_under_way"),
    "dispute": (["DISPUTE all", "mgogoro", "litige", "rigima", "ቅሬታ"], "nothing_under_way"),
    "delivered": (["DELIVERED", "nimefikisha", "livré", "na kai", "አቅርቤያለሁ"], "nothing_under_way"),
    "part": (["PART 30", "SEHEMU 30", "reçu 30 sacs", "ɓangare 30", "ከፊል 30"], "nothing_under_way"),
    "change": (["CHANGE TOTAL 5", "badilisha JUMLA 5", "changer DATE demain", "sauya", "ለውጥ"], "nothing_under_way"),
    "cancel": (["CANCEL", "futa", "annuler", "soke", "ሰርዝ"], "help"),
    "appeal": (["APPEAL it was dry", "rufaa", "contester", "sake dubawa", "ይግባኝ"], "nothing_under_way"),
    "meant_received": (["receivd", "received?"], "help"),
    "not_received": (["not received", "sijapokea", "pas reçu", "ban karɓa ba", "አልደረሰኝም"], "help"),
    "problem": (["disput", "kuna shida"], "help"),
    "pin": (["my pin is 4826"], "help_pin"),
    "meant_cancel": (["cancle", "cancel?"], "help"),
    "unclear": (["hello", "end", ""], "help"),
}
ANSWERS = {
    "yes": (["YES", "ndiyo", "Oui", "na yarda", "አዎ"], "CONFIRMED"),
    "no": (["NO", "Hapana", "NON", "A'A", "አይ"], "CANCELLED"),
    "meant_yes": (["YEZ", "NDYO", "ouii", "yarba", "yes yes"], "PENDING"),
    "meant_no": (["hpana", "HAPNA", "nonn", "no no"], "PENDING"),
    "unsure": (["yes?", "ndiyo lakini", "ok", "no problem yes", "yes 👍"], "PENDING"),
}


async def phone_of(service: Service, msisdn: str) -> Any:
    return await service.db.fetchrow("SELECT * FROM phones WHERE msisdn = $1", msisdn)


async def test_every_word_of_every_language_is_answered_once(service: Service) -> None:
    for (kind, (words, told)), numbers in zip(COMMANDS.items(), count(0, 100), strict=False):
        for number, word in enumerate(words, start=numbers):
            stranger = service.phone(f"+2547330{number:05}")
            await send_sms(service, stranger, word)
            assert await sms_log_of(service, stranger.msisdn) == [("in", kind), ("out", told)], word


async def test_every_yes_and_no_of_every_language_is_acted_on_once_unless_mistyped(service: Service) -> None:
    numbers = seller_msisdns()
    for kind, (words, status) in ANSWERS.items():
        for word in words:
            seller = service.phone(next(numbers))
            reference = await make_offer(service, seller.msisdn)
            await send_sms(service, seller, word)
            assert await status_of(service, reference) == status, word
            said = Counter(await sms_log_of(service, seller.msisdn))
            assert said[("in", kind)] == 1, word
            assert sum(said.values()) == 4, f"the offer, that the buyer agreed, {word} and one answer"


async def test_many_who_write_at_once_are_answered_each_about_their_own_contract(service: Service) -> None:
    """Yes to a contract each, no to a contract each, and from as many who have none; one message is broken."""
    people = [service.phone(msisdn) for msisdn in islice(seller_msisdns(), 30)]
    words = {phone: ("YES", "NO", "habari")[number % 3] for number, phone in enumerate(people)}
    waiting = {phone: await make_offer(service, phone.msisdn) for phone in people if words[phone] != "habari"}
    broken = service.edge.hook("sms", service.phone(BUYER).mo_form("YES", "mo\0broken"))
    refused, *_ = await asyncio.gather(broken, *(send_sms(service, phone, words[phone]) for phone in people))
    assert refused and refused.status == 400
    for phone, word in words.items():
        said = Counter(await sms_log_of(service, phone.msisdn))
        if phone in waiting:
            assert await status_of(service, waiting[phone]) == {"YES": "CONFIRMED", "NO": "CANCELLED"}[word]
            assert said["in", word.lower()] == 1 and said["out", "nothing_waits"] == 0
        else:
            assert said == {("in", "unclear"): 1, ("out", "help"): 1}


async def test_an_unsure_yes_from_somebody_who_has_confirmed_is_not_asked_back(service: Service) -> None:
    """The buyer has confirmed, the seller not yet."""
    reference = await make_offer(service, "+254711222333")
    await send_sms(service, service.phone(BUYER), f"yes please {reference}")
    assert (await sms_log_of(service, BUYER))[-2:] == [("in", "unsure"), ("out", "already_confirmed")]
    assert await status_of(service, reference) == "PENDING"


async def test_a_language_is_stored_and_audited(service: Service) -> None:
    otieno = service.phone("+254711222333")
    await send_sms(service, otieno, "LUGHA Kiswahili")
    known = await phone_of(service, otieno.msisdn)
    assert known["language"] == "sw"
    assert await audit_of(service.db, known["id"]) == [(otieno.msisdn, "sms", "language.chosen")]
    assert "Kiswahili" in (await otieno.next_sms() or "")


async def test_the_evidence_of_a_yes_has_every_sms_shown_before_it(service: Service) -> None:
    seller = service.phone("+254711222333")
    reference = await make_offer(service, seller.msisdn)
    await send_sms(service, seller, "yez")
    await send_sms(service, seller, f"yes {reference}", networkCode="63902")
    said = await service.db.fetchrow(
        "SELECT t.texts, t.typed, t.english, c.messages, c.pin, c.network_code FROM confirmation_texts t"
        " JOIN confirmations c ON c.id = confirmation_id WHERE conversation = $1",
        f"mo-{next(message_numbers) - 1}",
    )
    assert said
    texts, typed, english = (orjson.loads(said[name]) for name in ("texts", "typed", "english"))
    begins = ["VoicePact ", "0711 000 001 confirmed", "Did you mean YES"]
    assert [text for text, begin in zip(texts, begins, strict=True) if not text.startswith(begin)] == []
    assert (typed, english, said["pin"]) == ([f"yes {reference}"], [], "none")
    assert said["network_code"] == "63902", "as the provider named it"
    fates = await service.db.fetch("SELECT id, text FROM sms_logs WHERE id = ANY ($1)", said["messages"])
    told = {row["id"]: row["text"] for row in fates}
    assert [told[each] for each in said["messages"]] == texts, "so it can be told what became of each"


async def test_the_evidence_of_a_yes_has_each_sms_in_english_too(service: Service) -> None:
    seller = service.phone("+254711222333")
    await send_sms(service, seller, "LUGHA Kiswahili")
    reference = await make_offer(service, seller.msisdn)
    await send_sms(service, seller, f"ndiyo {reference}")
    said = await service.db.fetchrow(
        "SELECT t.texts, t.english, c.language FROM confirmation_texts t JOIN confirmations c ON c.id = confirmation_id"
        " WHERE conversation = $1",
        f"mo-{next(message_numbers) - 1}",
    )
    assert said and said["language"] == "sw"
    offer, confirmed = orjson.loads(said["texts"])
    assert "anataka kununua bags 50" in offer.replace("\xa0", " ") and "amethibitisha" in confirmed
    offer, confirmed = [text.replace("\xa0", " ") for text in orjson.loads(said["english"])]
    assert offer.startswith(f"VoicePact {reference}: 0711 000 001 buys 50 bags white maize")
    assert confirmed.startswith("0711 000 001 confirmed")
    own = await service.db.fetchval("SELECT count(*) FROM sms_logs WHERE english IS NOT NULL AND language <> 'sw'")
    assert own == 0, "who reads English was shown English"


@pytest.mark.parametrize("texts", [["STOP", "START"], ["START", "STOP"]])
@pytest.mark.parametrize("swapped", [False, True])
async def test_the_later_of_stop_and_start_counts_in_whatever_order_they_come(
    service: Service, texts: list[str], swapped: bool
) -> None:
    phone = service.phone("+254711222333")
    began = service.now() - timedelta(hours=1)
    said = [(text, {"date": f"{began + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}"}) for n, text in enumerate(texts)]
    for text, form in reversed(said) if swapped else said:
        await send_sms(service, phone, text, **form)
    assert (await phone_of(service, phone.msisdn))["opted_out"] == (texts[-1] == "STOP")
    audited = await audit_of(service.db, (await phone_of(service, phone.msisdn))["id"])
    assert len(audited) == (1 if swapped else 2), "one that comes too late changes nothing"


async def test_after_a_stop_only_what_is_written_is_answered(service: Service) -> None:
    """The same word again is not; other words are told how to undo it."""
    phone = service.phone("+254711222333")
    for text in ("STOP", "stop", "leave me alone", "LIST", "START", "hello"):
        await send_sms(service, phone, text)
    assert [kind for direction, kind in await sms_log_of(service, phone.msisdn) if direction == "out"] == [
        "stopped", "stopped", "no_contracts", "started", "help",
    ]  # fmt: skip


async def test_an_mo_from_no_phone_is_stored_and_never_answered(service: Service) -> None:
    senders = ["MTN", "Safaricom", "22483", "+22483", "+25422483", "*144#", service.phone(BUYER).shortcode]
    for sender in senders:
        await send_sms(service, service.phone(BUYER), "HELP", **{"from": sender})
    await send_sms(service, service.phone(BUYER), "HELP", **{"to": BUYER})
    rows = await service.db.fetch("SELECT direction, kind, raw_sender FROM sms_logs ORDER BY created_at")
    assert [tuple(row) for row in rows] == [("in", "no_number", sender) for sender in (*senders, BUYER)]
    assert await service.db.fetchval("SELECT count(*) FROM phones") == 0


async def test_a_machine_that_answers_our_answers_is_stopped_by_a_limit(service: Service) -> None:
    """Whatever the other one says, it gets so many answers in an hour and a day; what it decides still counts."""
    machine = service.phone("+254711222333")
    reference = await make_offer(service, machine.msisdn)

    async def answers() -> Counter[str]:
        before = Counter(await sms_log_of(service, machine.msisdn))
        for number in range(ANSWERS_IN_HOUR + 3):
            await machine.sends_sms(f"STATUS {number + 1}{number + 1}")
        said = Counter(await sms_log_of(service, machine.msisdn)) - before
        return Counter({kind: many for (direction, kind), many in said.items() if direction == "out"})

    in_an_hour = {"wrong_number": ANSWERS_IN_HOUR, "answers_paused": 1}
    assert await answers() == in_an_hour
    assert await answers() == {}, "the pause was told"
    while await service.db.fetchval("SELECT count(*) FROM sms_logs WHERE kind = 'wrong_number'") < ANSWERS_IN_DAY:
        await time_passes(service, "1 hour")
        assert await answers() == in_an_hour
    await time_passes(service, "1 hour")
    assert await answers() == {}, "told with the last answer of the day"

    await machine.sends_sms("YES")
    assert await status_of(service, reference) == "CONFIRMED"
    assert (await sms_log_of(service, machine.msisdn))[-1] == ("out", "confirmed")
    await machine.sends_sms("STOP")
    assert (await phone_of(service, machine.msisdn))["opted_out"]
    await time_passes(service, "1 day")
    assert (await answers())["answers_paused"] == 1


async def test_the_same_answer_is_not_sent_twice_within_a_minute(service: Service) -> None:
    phone = service.phone("+254711222333")
    for _ in range(3):
        await phone.sends_sms("HELP")
    assert Counter(await sms_log_of(service, phone.msisdn)) == {("in", "help"): 3, ("out", "help"): 1}
    await time_passes(service, "1 minute")
    await phone.sends_sms("HELP")
    assert Counter(await sms_log_of(service, phone.msisdn)) == {("in", "help"): 4, ("out", "help"): 2}


async def test_another_text_is_answered_even_if_with_the_same_words(service: Service) -> None:
    """Nobody is left in silence: not the one who asks again in other words, within the minute and later."""
    phone = service.phone("+254711222333")
    for text in ("hello", "how are you", "maize", "maize"):
        await phone.sends_sms(text)
    assert Counter(await sms_log_of(service, phone.msisdn)) == {("in", "unclear"): 4, ("out", "help"): 3}


async def test_a_long_text_is_stored_whole_with_its_segments_counted(service: Service) -> None:
    texts = ["", "a" * 160, "a" * 161, "ɗ" * 71, "€" * 5000, "😀" * 3000]
    for text in texts:
        await service.phone("+254711222333").sends_sms(text)
    rows = await service.db.fetch("SELECT text, segments FROM sms_logs WHERE direction = 'in' ORDER BY created_at")
    assert [tuple(row) for row in rows] == [(text, len(segments(text))) for text in texts]


async def test_what_nobody_understood_is_found_by_its_contract(service: Service) -> None:
    """Page by page, newest first, and never what was understood."""
    seller = service.phone("+254711222333")
    reference = await make_offer(service, seller.msisdn)
    contract_id = await service.db.fetchval("SELECT id FROM contracts WHERE reference = $1", reference)
    for text in ("who are you", "STATUS", "poa sana", "what price"):
        await seller.sends_sms(text)
    await service.phone("+254711222444").sends_sms("hello")

    async def found(query: str) -> tuple[list[str], str | None]:
        key = service.settings.api_key.get_secret_value()
        page = await service.edge.request("GET", f"/v1/messages?{query}", Authorization=f"Bearer {key}")
        body = orjson.loads(page.body)
        return [item["text"] for item in body["items"]], body["next"]

    first, after = await found(f"kind=unclear&contract_id={contract_id}&limit=2")
    assert first == ["what price", "poa sana"]
    assert await found(f"kind=unclear&contract_id={contract_id}&limit=2&after={after}") == (["who are you"], None)
    assert (await found("kind=unclear"))[0] == ["hello", "what price", "poa sana", "who are you"]
    assert (await found(f"kind=status&contract_id={contract_id}"))[0] == ["STATUS"]


@pytest.mark.reported("B35")
@pytest.mark.parametrize(
    ("body", "charset", "kept"),
    [
        ("mvua%00 kubwa", "UTF-8", "mvua\ufffd kubwa"),
        ("caf%E9", "UTF-8", "caf\ufffd"),
        ("caf%E9", "ISO-8859-1", "café"),
        ("caf%C3%A9", "ISO-8859-1", "café"),
        ("caf%EF%BF%BD", "UTF-8", "caf\ufffd"),
    ],
)
async def test_a_broken_byte_loses_no_text(service: Service, body: str, charset: str, kept: str) -> None:
    """A 400 would be repeated for hours, and then what a person wrote would be nowhere. It is kept, and answered."""
    form = service.phone(BUYER).mo_form("", "broken")
    rest = urlencode({name: value for name, value in form.items() if name != "text"})
    media_type = f"application/x-www-form-urlencoded; charset={charset}"
    answer = await service.edge.hook("sms", f"{rest}&text={body}".encode(), **{"Content-Type": media_type})
    assert answer.status == 200
    assert await service.db.fetchval("SELECT text FROM sms_logs WHERE direction = 'in'") == kept
    assert await sms_log_of(service, BUYER) == [("in", "unclear"), ("out", "help")]


@pytest.mark.parametrize("broken", ["YES%00", "YES%FF", "%00YES"])
async def test_a_broken_yes_is_asked_back(service: Service, broken: str) -> None:
    reference = await make_offer(service, "+254722000777")
    seller = service.phone("+254722000777")
    rest = urlencode({name: value for name, value in seller.mo_form("", "broken").items() if name != "text"})
    assert (await service.edge.hook("sms", f"{rest}&text={broken}".encode())).status == 200
    assert await status_of(service, reference) == "PENDING"
    assert ("out", "unsure") in await sms_log_of(service, seller.msisdn)

"""What an MO does to a contract after it was made: once, by the right side, in its time."""

import asyncio
from collections import Counter

import pytest

from tests.gateway.inbox.texting import (
    BUYER,
    SELLER,
    STRANGER,
    actions_on,
    answers_to,
    make_contract,
    make_offer,
    message_numbers,
    sms_log_of,
    status_of,
    terms_of,
)
from tests.service import Service

LATER = "2/1/2027"


@pytest.mark.parametrize("text", ["DELIVERED", "nimefikisha {ref}", "{ref} livré", "Na kai {ref}", "አቅርቤያለሁ"])
async def test_the_seller_says_it_is_delivered(service: Service, text: str) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, SELLER, text.format(ref=reference)) == ["you_delivered"]
    assert (await sms_log_of(service, BUYER))[-1] == ("out", "delivered")
    assert await actions_on(service, reference) == ["delivery.said", "contract.active"]
    shown = await service.db.fetchval("SELECT conversation FROM confirmations WHERE subject = 'delivery'")
    assert shown == f"mo-{next(message_numbers) - 1}"


@pytest.mark.parametrize("text", ["RECEIVED 30", "PART {ref} 30 bags", "sehemu 30", "{ref} 30 bags received"])
async def test_the_buyer_says_that_a_part_has_come(service: Service, text: str) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, text.format(ref=reference)) == ["received_part"]
    assert await actions_on(service, reference) == ["delivery.received", "contract.active"]
    assert await answers_to(service, BUYER, "part 20") == ["received"]
    assert await status_of(service, reference) == "COMPLETED"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RECEIVED 51", "too_much"),
        ("RECEIVED 0", "how_much"),
        ("RECEIVED 30 kg", "how_much"),
        ("RECEIVED 30 bags damaged", "meant_dispute"),
        ("PART", "how_much"),
        ("received?", "meant_received"),
        ("not received {ref}", "meant_received"),
        ("received nothing", "meant_received"),
        ("recieve", "meant_received"),
        ("RECEIVED 4071835", "wrong_number"),
        ("RECEIVED {ref} {ref}", "how_much"),
        ("DELIVERED", "not_your_part"),
        ("DELIVERED {ref}", "not_your_part"),
        ("APPEAL it was wet", "no_appeal"),
        ("cancel?", "meant_cancel"),
        ("CHANGE", "meant_change"),
        ("CHANGE PRICE 3000", "price_of_what"),
        ("badilisha bei 3000", "price_of_what"),
        ("CHANGE TOTAL much", "new_total"),
        ("CHANGE QTY 40 kg", "new_quantity"),
        ("CHANGE DATE 1/1/2020", "new_day"),
        ("CHANGE PLACE 12", "new_place"),
        ("CHANGE QTY 50", "nothing_changes"),
        ("CHANGE TOTAL 5000 QTY x", "new_quantity"),
    ],
)
async def test_what_is_not_clear_changes_nothing(service: Service, text: str, told: str) -> None:
    reference = await make_contract(service)
    before = await service.db.fetchval("SELECT version FROM contracts WHERE reference = $1", reference)
    assert await answers_to(service, BUYER, text.format(ref=reference)) == [told]
    assert await actions_on(service, reference) == []
    assert await service.db.fetchval("SELECT version FROM contracts WHERE reference = $1", reference) == before


async def test_a_part_that_a_phone_reports_again_is_counted_once(service: Service) -> None:
    """As another message, at the same moment and a little later: its first one was not acknowledged."""
    reference = await make_contract(service)
    buyer = service.phone(BUYER)
    await asyncio.gather(buyer.sends_sms("RECEIVED 20"), buyer.sends_sms(f"PART {reference} 20 bags"))
    assert await answers_to(service, BUYER, "received 20") == ["counted_already"]
    assert await answers_to(service, BUYER, "received 20") == [], "it was answered just now"
    assert await actions_on(service, reference) == ["delivery.received", "contract.active"]
    assert await answers_to(service, BUYER, "received 10") == ["received_part"]


@pytest.mark.parametrize("text", ["CANCEL", "futa {ref}", "{ref} annuler", "soke", "ሰርዝ"])
async def test_an_end_is_proposed_and_agreed_on(service: Service, text: str) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, text.format(ref=reference)) == ["you_asked_to_cancel"]
    assert (await sms_log_of(service, SELLER))[-1] == ("out", "cancel_proposed")
    assert await answers_to(service, SELLER, "CANCEL") == ["already_proposed"], "only YES agrees to it"
    assert await answers_to(service, SELLER, "yes") == ["cancelled_together"]
    assert await actions_on(service, reference) == [
        "proposal.made",
        "proposal.confirm",
        "contract.cancelled",
    ]
    assert await answers_to(service, BUYER, f"CANCEL {reference}") == ["not_under_way"]


async def test_the_evidence_of_a_proposal_is_stored(service: Service) -> None:
    """A word by SMS, with its message and what its sender had been shown."""
    reference = await make_contract(service)
    await answers_to(service, BUYER, f"CHANGE {reference} TOTAL 5000")
    kept = await service.db.fetch(
        "SELECT channel, subject, terms_version, signature IS NOT NULL AS is_signed FROM confirmations"
        " WHERE conversation = $1",
        f"mo-{next(message_numbers) - 1}",
    )
    assert [tuple(row) for row in kept] == [("sms", "terms", 2, True)]


@pytest.mark.parametrize(
    "text",
    [
        f"CHANGE {{ref}} TOTAL 5000, QTY 40 bags, DATE {LATER} and PLACE Kitale",
        f"badilisha IDADI 40 na JUMLA 5,000 TAREHE {LATER} MAHALI Kitale",
        f"CHANGER {{ref}} QTÉ 40 et TOTAL 5 000, LIEU Kitale et DATE {LATER}",
        f"SAUYA JIMLA 5000 YAWA 40 RANA {LATER} WURI Kitale",
        f"ለውጥ {{ref}} ጠቅላላ 5000 ብዛት 40 ቀን {LATER} ቦታ Kitale",
    ],
)
async def test_new_terms_are_proposed_and_agreed_on(service: Service, text: str) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, text.format(ref=reference)) == ["you_asked_to_change"]
    assert (await terms_of(service, reference))["terms_version"] == 1
    assert await answers_to(service, SELLER, f"yes {reference}") == ["amended"]
    assert tuple(await terms_of(service, reference)) == ("40", "Kitale", 500_000, 2)


async def test_a_proposal_is_withdrawn(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, BUYER, "CHANGE TOTAL 5000")
    assert await answers_to(service, BUYER, "CHANGE TOTAL 6000") == ["already_proposed"]
    assert await answers_to(service, BUYER, f"NO {reference}") == ["proposal_withdrawn"]
    assert await answers_to(service, BUYER, "CHANGE TOTAL 6000") == ["you_asked_to_change"]


@pytest.mark.parametrize("by", [BUYER, SELLER], ids=["who has confirmed", "who is asked"])
async def test_cancel_on_an_offer_says_how_to_decline_it(service: Service, by: str) -> None:
    reference = await make_offer(service, SELLER)
    assert await answers_to(service, by, "CANCEL") == ["not_confirmed_yet"]
    assert await status_of(service, reference) == "PENDING"
    assert await answers_to(service, by, f"NO {reference}") == ["declined"], "as it was told to"
    assert await status_of(service, reference) == "CANCELLED"


async def test_cancel_from_somebody_without_contracts_gets_help_and_opts_nobody_out(service: Service) -> None:
    assert await answers_to(service, STRANGER, "CANCEL") == ["help"]
    assert not await service.db.fetchval("SELECT opted_out FROM phones WHERE msisdn = $1", STRANGER)


async def test_a_dispute_needs_a_text_and_stores_it(service: Service) -> None:
    reference = await make_contract(service)
    for text in ("DISPUTE", f"dispute {reference}", f"{reference} mgogoro tafadhali", f"DISPUTE contract {reference}."):
        await service.db.execute("UPDATE sms_logs SET created_at = created_at - interval '2 minutes'")
        assert await answers_to(service, BUYER, text) == ["meant_dispute"]
    assert await status_of(service, reference) == "CONFIRMED"
    assert await answers_to(service, BUYER, f"mgogoro {reference} magunia yameloa") == ["you_complained"]
    assert await service.db.fetchval("SELECT words FROM disputes") == "magunia yameloa"
    await service.db.execute("UPDATE sms_logs SET created_at = created_at - interval '2 minutes'")
    assert await answers_to(service, BUYER, "DISPUTE") == ["meant_dispute"], "they may say more about it"


async def test_a_decision_is_appealed_once_and_with_a_reason(service: Service) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, f"DISPUTE {reference} 30 bags are wet") == ["you_complained"]
    assert await answers_to(service, BUYER, f"APPEAL {reference} they are wet") == ["no_appeal"]
    await service.decides(reference, "complete")
    assert await answers_to(service, STRANGER, f"APPEAL {reference} they are wet") == ["not_found"]
    assert await answers_to(service, BUYER, f"APPEAL {reference}") == ["meant_appeal"]
    assert await answers_to(service, BUYER, "APPEAL 30 bags are wet") == ["appealed"]
    assert await service.db.fetchval("SELECT appeal_words FROM disputes") == "30 bags are wet"
    assert await answers_to(service, SELLER, f"APPEAL {reference} they were dry") == ["no_appeal"]


async def test_each_side_says_three_times_what_it_has_to_say_about_a_dispute(service: Service) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, f"DISPUTE {reference} the bags are wet") == ["you_complained"]
    assert await answers_to(service, BUYER, f"DISPUTE {reference} the bags are wet") == ["in_dispute"], "sent again"
    assert await answers_to(service, SELLER, "DISPUTE they were dry when I left") == ["you_answered"]
    assert await answers_to(service, BUYER, f"malalamiko {reference} si kweli") == ["you_answered"]
    for text in ("DISPUTE ask the driver", "DISPUTE ask his wife"):
        assert await answers_to(service, SELLER, text) == ["you_answered"]
    assert await answers_to(service, SELLER, "DISPUTE ask everybody") == ["said_enough"]
    said = await service.db.fetchval(
        "SELECT array_agg(r ->> 'words') FROM disputes, jsonb_array_elements(replies) AS r"
    )
    assert said == ["they were dry when I left", "si kweli", "ask the driver", "ask his wife"]


async def test_who_reported_a_problem_takes_it_back(service: Service) -> None:
    reference = await make_contract(service)
    assert await answers_to(service, BUYER, "WITHDRAW") == ["no_open_dispute"]
    await answers_to(service, BUYER, f"DISPUTE {reference} the bags are wet")
    assert await answers_to(service, SELLER, f"WITHDRAW {reference}") == ["not_your_report"]
    assert await answers_to(service, BUYER, "shall I withdraw it?") == ["meant_withdraw"]
    assert await status_of(service, reference) == "DISPUTED"
    assert await answers_to(service, BUYER, "nataka kuondoa malalamiko") == ["in_dispute"]
    answer = await service.db.fetchval("SELECT text FROM sms_logs WHERE kind = 'in_dispute'")
    assert answer.endswith(f"Kuliondoa, jibu ONDOA {reference}"), "in the language of who writes"
    assert await answers_to(service, BUYER, "naondoa") == ["dispute_withdrawn"]
    assert await status_of(service, reference) == "CONFIRMED"


async def test_a_withdrawal_sent_again_is_no_new_word(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    await answers_to(service, BUYER, f"DISPUTE {reference} the bags are wet")
    assert await answers_to(service, BUYER, "WITHDRAW") == ["dispute_withdrawn"]
    stopped = "SELECT clock_stopped_at IS NOT NULL FROM contracts WHERE reference = $1"
    for text in ("WITHDRAW", f"WITHDRAW {reference}", "naondoa"):
        assert await answers_to(service, BUYER, text) == ["already_withdrawn"]
        assert not await service.db.fetchval(stopped, reference), text
    assert await answers_to(service, BUYER, "withdraw? no bags came") == ["meant_received"]
    assert await service.db.fetchval(stopped, reference), "that is more than the word"


async def test_who_stops_the_clock_with_words_about_a_problem_is_told_so(service: Service) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"DELIVERED {reference}")
    assert await answers_to(service, BUYER, "the bags are rotten") == ["meant_dispute"]
    answer = await service.db.fetchval("SELECT text FROM sms_logs WHERE kind = 'meant_dispute'")
    assert answer.startswith("We keep your words: silence does not count.")


@pytest.mark.parametrize("text", ["DELIVERED", "RECEIVED 30"])
async def test_commands_on_a_contract_in_dispute_are_refused(service: Service, text: str) -> None:
    reference = await make_contract(service)
    await answers_to(service, SELLER, f"DISPUTE {reference} he does not pay")
    who = SELLER if text == "DELIVERED" else BUYER
    assert await answers_to(service, who, text) == ["in_dispute"]


async def test_a_command_without_a_reference_that_fits_two_contracts_is_asked_back(service: Service) -> None:
    first, second = await make_contract(service), await make_contract(service)
    for text in ("RECEIVED 30", "CANCEL", "CHANGE TOTAL 5000", "received?"):
        await service.db.execute("UPDATE sms_logs SET created_at = created_at - interval '2 minutes'")
        assert await answers_to(service, BUYER, text) == ["which_delivery"]
    assert await answers_to(service, SELLER, f"DELIVERED {first}") == ["you_delivered"]
    await service.db.execute("UPDATE sms_logs SET created_at = created_at - interval '2 minutes'")
    assert await answers_to(service, SELLER, "DELIVERED") == ["which_delivery"], "said again, it means the first"
    assert await actions_on(service, second) == []


async def test_older_contracts_count_when_a_command_fits_several(service: Service) -> None:
    """However old the other one is, and however many are over."""
    old = await make_contract(service)
    for _ in range(7):
        await answers_to(service, SELLER, f"NO {await make_offer(service, SELLER)}")
    new = await make_contract(service)
    assert await answers_to(service, BUYER, "RECEIVED") == ["which_delivery"]
    assert (await actions_on(service, old), await actions_on(service, new)) == ([], [])


async def test_the_help_is_that_of_the_senders_side(service: Service) -> None:
    await make_contract(service)
    helps = [await answers_to(service, who, "HELP") for who in (BUYER, SELLER, STRANGER)]
    assert helps == [["help_buying"], ["help_selling"], ["help"]]
    assert await answers_to(service, BUYER, "blah") == ["meant_received"], "it is about their only contract"


async def test_each_mo_is_stored_with_its_meaning(service: Service) -> None:
    await make_contract(service)
    for text in ("RECEIVED 30", "CANCEL", "change", "received?"):
        await answers_to(service, BUYER, text)
    kinds = Counter(kind for direction, kind in await sms_log_of(service, BUYER) if direction == "in")
    assert kinds == {"yes": 1, "part": 1, "cancel": 1, "change": 1, "meant_received": 1}


async def test_who_has_more_contracts_than_are_looked_at_names_one(service: Service) -> None:
    """Of more than a hundred that are not over, one that was not looked at may be meant as well."""
    reference = await make_contract(service)
    await service.db.execute(
        "WITH known AS (INSERT INTO contracts (id, reference, type, terms, total_minor, currency, source, created_at,"
        "  status, confirmed_at)"
        " SELECT uuidv7(), (20000000 + n)::text, type, terms, total_minor, currency, source,"
        "  created_at - interval '1 day', 'CONFIRMED', confirmed_at FROM contracts, generate_series(1, 100) AS n"
        " RETURNING id, created_at)"
        "INSERT INTO contract_parties (contract_id, phone_id, role, since)"
        " SELECT k.id, f.id, 'witness', k.created_at FROM known k, phones f WHERE f.msisdn IN ($1, $2)",
        BUYER, SELLER,
    )  # fmt: skip
    assert await answers_to(service, SELLER, "DELIVERED") == ["which_delivery"]
    assert await answers_to(service, BUYER, "hello") == ["which_delivery"]
    await service.db.execute("UPDATE contracts SET status = 'EXPIRED', expired_at = now(), version = 2"
                             " WHERE reference = '20000001'")  # fmt: skip
    assert await answers_to(service, SELLER, "nimefikisha") == ["you_delivered"]
    assert await status_of(service, reference) == "ACTIVE"

"""`voicepact operator`, and commands of named operators: who may what, and what two of them must want."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson

from contracts.fields.msisdn import Msisdn, masked
from gateway.commands.operator import CommandOperator
from gateway.commands.subject import export_person
from gateway.commands.subject_erasing import WANTED_FOR, want_erased
from gateway.operators.scope import OperatorRole, Scope
from gateway.payments.by_hand import ByHand
from storage.postgres.database import connect, set_json_codec
from tests.gateway.commands.subjects import SOMEBODY, run_voicepact
from tests.gateway.held_payouts import held_payouts
from tests.gateway.known_operators import add_operator, key_id
from tests.gateway.operator_client import NOON, SELLER, Operator, contract_body
from tests.gateway.production_settings import PRODUCTION
from tests.service import Service, audit_of
from values.ids import SERVICE_CHAIN

AMINA = Msisdn("+254712345678")
KEY = re.compile(r"vp_[A-Za-z0-9_-]{43}")
ANN, OTIENO = (
    CommandOperator(f"operator {n} {name}", f"operator {n}", None) for n, name in enumerate(("Ann", "Otieno"))
)


class Typist:
    """Somebody at a terminal of the machine, in production or not, with a key or without."""

    def __init__(self, service: Service, folder: Path, *, is_production: bool = False, columns: int = 200) -> None:
        self._service = service
        urls = {"DATABASE_URL": str(service.settings.database_url), "REDIS_URL": str(service.settings.redis_url)}
        self._env = {"COLUMNS": str(columns), **({**PRODUCTION, **urls} if is_production else {})}
        self._folder = ("--data-dir", str(folder / "data"))

    async def types(self, *words: str, key: str | None = None) -> str:
        env = {**self._env, **({"OPERATOR_KEY": key} if key else {})}
        return await asyncio.to_thread(run_voicepact, self._service, *words, *self._folder, **env)


async def key_for(service: Service, name: str, role: OperatorRole = OperatorRole.OPERATOR, *scopes: Scope) -> str:
    url, now = str(service.settings.database_url), datetime.now(UTC) - timedelta(minutes=1)
    return await add_operator(url, now, role, scopes or None, name=name)


async def test_an_operator_is_added_listed_rotated_and_revoked(service: Service, tmp_path: Path) -> None:
    typist = Typist(service, tmp_path)
    added = await typist.types("operator", "add", "Ann  Wairimu", "--role", "auditor", "--days", "12")
    (key,) = KEY.findall(added)
    assert f"id        {key_id(key)}" in added
    assert "there is an operator ann wairimu" in await typist.types("operator", "add", "ann wairimu")

    listed = await typist.types("operator", "list")
    assert "bootstrap (API_KEY)" in listed and key_id(key) in listed and key not in listed
    assert "the key of Ann Wairimu expires in 11 days: voicepact operator rotate 'Ann Wairimu'" in listed

    rotated = await typist.types("operator", "rotate", "Ann Wairimu", "--overlap-hours", "0")
    (new,) = KEY.findall(rotated)
    assert f"before    {key_id(key)} is valid until" in rotated and new != key
    service.now.passes(datetime.now(UTC) - service.now())  # commands have the machine's clock
    answers = [await service.edge.request("GET", "/v1/contracts", b"", Authorization=f"Bearer {one}")
               for one in (key, new)]  # fmt: skip
    assert [answer.status for answer in answers] == [401, 200]

    (own,) = KEY.findall(await typist.types("operator", "rotate", key=new))
    said = await typist.types("operator", "rotate", key=new)
    assert said == "voicepact: OPERATOR_KEY: was replaced by another key, which alone can be rotated\n"
    assert await typist.types("operator", "revoke", "ann wairimu") == "revoked\n"
    said = await typist.types("operator", "rotate", key=own)
    assert said == "voicepact: OPERATOR_KEY: is no key of an operator here, or one that was revoked or is long over\n"
    assert "no active operator has this name" in await typist.types("operator", "revoke", "ann wairimu")
    assert (await typist.types("operator", "list")).count("revoked") == 3, "each of the three keys"
    acts = [action for _, _, action in await audit_of(service.db, SERVICE_CHAIN) if action.startswith("operator.")]
    assert acts == ["operator.added", "operator.rotated", "operator.rotated", "operator.revoked"]
    assert KEY.search(service.logged()) is None


async def test_in_production_money_people_and_keys_ask_for_a_key(service: Service, tmp_path: Path) -> None:
    typist = Typist(service, tmp_path, is_production=True)
    for words in (
        ("payments", "approve", str(uuid4())), ("payments", "retry", str(uuid4())),
        ("payments", "paid", str(uuid4()), "RECEIPT1"), ("payments", "dismiss", str(uuid4()), "never came"),
        ("payments", "assign", str(uuid4()), "40718353"), ("payments", "send-back", str(uuid4())),
        ("subject", "export", AMINA), ("subject", "erase", AMINA, "--yes"), ("subject", "hold", AMINA, "court"),
        ("subject", "release", AMINA), ("recover", AMINA), ("operator", "add", "Ann"), ("operator", "rotate"),
        ("operator", "rotate", "Ann"), ("operator", "revoke", "Ann"),
        ("keys", "revoke", "3f2a9c017bd2f0a4", "--because", "the laptop was stolen"),
    ):  # fmt: skip
        said = await typist.types(*words)
        assert said == "voicepact: OPERATOR_KEY: must be set when ENVIRONMENT is production: who does this?\n", words
    assert KEY.search(await typist.types("operator", "add", "Ann", key=PRODUCTION["API_KEY"])), "the bootstrap admin"


async def test_a_command_needs_its_scope_and_a_key_that_counts(service: Service, tmp_path: Path) -> None:
    typist = Typist(service, tmp_path)
    reader = await key_for(service, "Ann", OperatorRole.AUDITOR)
    for words, scope in (
        (("payments", "approve", str(uuid4())), "money"), (("subject", "export", AMINA), "people"),
        (("operator", "add", "Otieno"), "admin"), (("messages", "resend", str(uuid4())), "write"),
        (("disputes", "mediator", "40718353", "+254733000111"), "write"),
    ):  # fmt: skip
        said = await typist.types(*words, key=reader)
        assert said == f"voicepact: OPERATOR_KEY: this key lacks the scope {scope}\n"
    assert "leave it out" in await typist.types("subject", "export", AMINA, "--operator", "Ann", key=reader)
    url, since = str(service.settings.database_url), datetime.now(UTC) - timedelta(days=2)
    over = await add_operator(url, since, OperatorRole.OPERATOR, name="Chege", valid_for=timedelta(days=1))
    assert "OPERATOR_KEY: has expired" in await typist.types("subject", "export", AMINA, key=over)


async def test_a_key_in_a_file_that_only_its_owner_can_read(service: Service, tmp_path: Path) -> None:
    typist, file = Typist(service, tmp_path), tmp_path / "ann.key"
    file.write_text(await key_for(service, "Ann") + "\n")
    file.chmod(0o604)
    assert "everybody on this machine can read" in await typist.types("subject", "export", AMINA, key=f"file:{file}")
    file.chmod(0o600)
    assert "we know nobody" in await typist.types("subject", "export", AMINA, key=f"file:{file}")


async def test_an_export_is_a_look_and_shows_who_looked(service: Service, tmp_path: Path) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    ann = await key_for(service, "Ann")
    await service.edge.request("GET", "/v1/messages", b"", Authorization=f"Bearer {ann}")
    typist = Typist(service, tmp_path, is_production=True)
    assert AMINA in await typist.types("subject", "export", AMINA, key=ann)
    whole = await export_person(service.db, AMINA, service.now(), SOMEBODY)
    seen = [(look["operator"], look["name"], look["what"]) for look in whole["looks"]]
    assert seen == [(key_id(ann), "Ann", "GET /v1/messages"), (key_id(ann), "Ann", "subject export")]
    assert whole["audit"][-1]["details"] == {"operator": f"operator {key_id(ann)} Ann"}


# Two people


async def test_two_operators_erase_in_production_and_one_does_not(service: Service, tmp_path: Path) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    await service.sms_settled(within=60)
    typist, words = Typist(service, tmp_path, is_production=True), ("subject", "erase", AMINA, "--yes")
    ann, otieno = await key_for(service, "Ann"), await key_for(service, "Otieno")
    amina = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    for _ in range(2):
        assert (await typist.types(*words, key=ann)).startswith("kept: one more operator has to say the same before")
    (again,) = KEY.findall(await typist.types("operator", "rotate", key=ann))
    assert (await typist.types(*words, key=again)).startswith("kept: one more"), "another key is nobody else"
    assert amina == await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    assert await typist.types(*words, key=otieno) == "erased\n"
    sql = "SELECT action, details FROM audit_actions WHERE chain_id = $1 AND action LIKE 'subject.eras%' ORDER BY seq"
    told = await service.db.fetch(sql, amina)
    assert [row["action"] for row in told] == [*["subject.erasure_asked"] * 3, "subject.erased"]
    assert told[0]["details"] == {"operator": f"operator {key_id(ann)} Ann"}
    assert told[-1]["details"] == {"operator": f"operator {key_id(otieno)} Otieno"}
    assert await service.db.fetchval("SELECT count(*) FROM erasure_requests") == 0


async def test_a_week_later_the_first_has_to_say_it_again(service: Service) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    await service.sms_settled(within=60)
    now = service.now()
    assert not await want_erased(service.db, AMINA, now, ANN)
    assert not await want_erased(service.db, AMINA, now + WANTED_FOR, OTIENO), "Ann said it a week ago"
    assert await want_erased(service.db, AMINA, now + WANTED_FOR + timedelta(days=1), ANN), "Otieno said it yesterday"


async def test_what_a_revoked_operator_wanted_erased_counts_no_more(service: Service, tmp_path: Path) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    await service.sms_settled(within=60)
    typist, words = Typist(service, tmp_path, is_production=True), ("subject", "erase", AMINA, "--yes")
    ann, otieno, chege = [await key_for(service, name) for name in ("Ann", "Otieno", "Chege")]
    admin = await key_for(service, "Wanjiru", OperatorRole.ADMIN)
    assert (await typist.types(*words, key=ann)).startswith("kept: one more operator")
    await typist.types("operator", "revoke", "Ann", key=admin)
    assert (await typist.types(*words, key=otieno)).startswith("kept: one more operator")
    assert await typist.types(*words, key=chege) == "erased\n"


async def test_of_two_who_want_an_erasure_at_once_one_is_the_second(service: Service) -> None:
    url, people = str(service.settings.database_url), [Msisdn(f"+25471230000{n}") for n in range(10)]
    for msisdn in people:
        await service.phone(msisdn).sends_sms("HELP")
    await service.sms_settled(within=60)
    connections = [await connect(url) for _ in range(2)]
    try:
        for connection in connections:
            await set_json_codec(connection)
        for msisdn in people:
            said = await asyncio.gather(
                *(
                    want_erased(each, msisdn, service.now(), who)
                    for each, who in zip(connections, (ANN, OTIENO), strict=True)
                )
            )
            assert sorted(said) == [False, True]
    finally:
        for connection in connections:
            await connection.close()


async def made_contract(service: Service) -> str:
    """Make a contract by API_KEY, and return its id."""
    body = contract_body(terms__delivery_date=f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")
    headers = {"Authorization": f"Bearer {service.settings.api_key.get_secret_value()}"}
    made = await service.edge.request(
        "POST", "/v1/contracts", orjson.dumps(body), **headers, **{"Content-Type": "application/json"}
    )
    assert made.status == 201, made.body
    found: str = orjson.loads(made.body)["id"]
    return found


async def test_of_two_who_approve_money_at_once_one_is_the_second(operator: Operator) -> None:
    services, contract = operator.services, (await operator.post(contract_body())).json
    for transfer in await held_payouts(services.records.pool, contract["id"], 20):
        hands = [ByHand(services.records.pool, services.composer, who.audit_name, NOON, person=who.person)
                 for who in (ANN, OTIENO)]  # fmt: skip
        said = await asyncio.gather(*(hand.approve(transfer) for hand in hands))
        assert sorted(line.partition(":")[0] for line in said) == ["kept", "two people have approved it"]
        row = await services.records.pool.fetchrow("SELECT due_at FROM transfers WHERE id = $1", transfer)
        assert row and row["due_at"] == NOON


async def test_two_operators_approve_money_and_nobody_is_two_by_another_key(service: Service, tmp_path: Path) -> None:
    ann, otieno = await key_for(service, "Ann"), await key_for(service, "Otieno")
    (transfer,) = await held_payouts(service.db, await made_contract(service), 1)
    typist, words = Typist(service, tmp_path, is_production=True), ("payments", "approve", str(transfer))
    assert await typist.types(*words, key=ann) == "kept: one more person has to say the same\n"
    (again,) = KEY.findall(await typist.types("operator", "rotate", key=ann))
    for key in (ann, again):
        assert await typist.types(*words, key=key) == "kept: one more person has to say the same\n"
    assert await service.db.fetchval("SELECT due_at FROM transfers WHERE id = $1", transfer) is None
    assert await typist.types(*words, key=otieno) == "two people have approved it: it is sent now\n"
    named = await service.db.fetch("SELECT details FROM audit_actions WHERE action = 'money.approved' ORDER BY n")
    assert [row["details"]["operator"] for row in named] == [
        f"operator {key_id(ann)} Ann", f"operator {key_id(otieno)} Otieno",
    ]  # fmt: skip


async def test_a_command_that_lists_people_is_a_look(service: Service, tmp_path: Path) -> None:
    """Numbers are masked there, and who it is can be seen all the same."""
    ann = await key_for(service, "Ann", OperatorRole.AUDITOR)
    await held_payouts(service.db, await made_contract(service), 1)
    await service.db.execute("UPDATE transfers SET due_at = now()")
    await service.sms_settled(within=60)
    await service.db.execute("UPDATE sms_logs SET status = 'failed', why = 'UserInBlacklist', settled_at = now()")
    typist = Typist(service, tmp_path, is_production=True)
    for group in ("payments", "messages"):
        listed = await typist.types(group, "waiting" if group == "payments" else "dead", key=ann)
        assert masked(Msisdn(SELLER)) in listed and SELLER not in listed
    looks = await service.db.fetch("SELECT name, what, cardinality(messages) AS messages FROM looks ORDER BY id")
    assert [tuple(row) for row in looks] == [("Ann", "payments waiting", 0), ("Ann", "messages dead", 2)]


async def test_ids_are_whole_in_a_terminal_of_80_letters(service: Service, tmp_path: Path) -> None:
    """They are what the next command is given."""
    typist = Typist(service, tmp_path, columns=80)
    (transfer,) = await held_payouts(service.db, await made_contract(service), 1)
    await service.db.execute("UPDATE transfers SET due_at = now()")
    await service.sms_settled(within=60)
    await service.db.execute("UPDATE sms_logs SET status = 'failed', why = 'UserInBlacklist', settled_at = now()")
    ann = await key_for(service, "Ann Wairimu of the office in Bungoma", OperatorRole.ADMIN)
    assert str(transfer) in await typist.types("payments", "waiting")
    assert key_id(ann) in await typist.types("operator", "list")
    dead = await typist.types("messages", "dead")
    assert all(str(row["id"]) in dead for row in await service.db.fetch("SELECT id FROM sms_logs"))


async def test_what_strangers_typed_is_no_markup_of_a_list(service: Service, tmp_path: Path) -> None:
    """Whoever pays by paybill types the account."""
    typist = Typist(service, tmp_path)
    await service.db.execute(
        "INSERT INTO transfers (id, kind, amount_minor, currency, status, rail, own_id, account, created_at, ended_at)"
        " VALUES (gen_random_uuid(), 'paybill', 100, 'KES', 'done', 'daraja', 'TEO47C4A4S', '[/b] :gem:', now(), now())"
    )
    assert "[/b] :gem:" in await typist.types("payments", "waiting")
    await typist.types("operator", "add", "[/Ann]")
    assert "[/Ann]" in await typist.types("operator", "list")


async def test_a_key_is_no_name(service: Service, tmp_path: Path) -> None:
    typist, key = Typist(service, tmp_path), await key_for(service, "Ann")
    for name in (key, f"Ann {key}"):
        said = await typist.types("operator", "add", name)
        assert "name: " in said and key not in said
    assert await service.db.fetchval("SELECT count(*) FROM operators") == 1

"""`voicepact serve` with both keys on one token, in two processes: each opens it for itself after the fork."""

import asyncio
import base64
import os
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import orjson

from storage.key_source import make_key
from storage.signing import is_signed
from tests.gateway.operator_client import BUYER, SELLER, contract_body
from tests.handset import Edge
from tests.serving import open_serving
from tests.storage.tokens import softhsm

SETTINGS = {
    "ENVIRONMENT": "testing", "AT_BASE_URL": "http://127.0.0.1:1", "WEBHOOK_TOKEN": "hooks",
    "API_KEY": "an operator's key", "SECRET_KEY": "s" * 32, "PIN_MEMORY_KIB": "64", "LOG_ORIGIN": "test.example/log",
    "PKCS11_TIMEOUT_SECONDS": "10",
}  # fmt: skip


@softhsm.needs_softhsm
async def test_two_processes_sign_with_the_keys_on_a_token(database_url: str, redis_url: str, tmp_path: Path) -> None:
    begins = softhsm.token()
    words, log = (make_key(f"{begins}served-{name}", softhsm.ACCESS, softhsm.PIN) for name in ("words", "log"))
    settings = SETTINGS | {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PKCS11_MODULE": str(softhsm.MODULE),
        "PKCS11_PIN": softhsm.PIN, "SIGNATURE_PRIVATE_KEY": f"{begins}served-words",
        "LOG_PRIVATE_KEY": f"{begins}served-log", "SOFTHSM2_CONF": os.environ["SOFTHSM2_CONF"],
    }  # fmt: skip
    async with open_serving(tmp_path / "data", "--workers", "2", **settings) as serving:
        edge = Edge(serving.http, serving.url, "hooks", "")
        headers = {"Authorization": "Bearer an operator's key", "Content-Type": "application/json"}
        body = contract_body(terms__delivery_date=f"{datetime.now(UTC).year + 1}-01-15")
        made = await edge.request("POST", "/v1/contracts", orjson.dumps(body), **headers)
        assert made.status == 201, made.body
        reference = orjson.loads(made.body)["reference"]
        for msisdn in (BUYER, SELLER):
            mo = {"from": msisdn, "to": "22384", "text": f"yes {reference}", "id": msisdn, "date": "", "linkId": ""}
            assert (await edge.hook("sms", mo)).status == 200
        db = await asyncpg.connect(database_url)
        signed = await db.fetch("SELECT key_id, signature FROM confirmations")
        assert [row["key_id"] for row in signed] == [words.key_id] * 2
        async with asyncio.timeout(60):
            while (note := await db.fetchval("SELECT note FROM log_checkpoints LIMIT 1")) is None:  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.05)
        await db.close()
        health = orjson.loads((await edge.request("GET", "/health")).body)
        assert health["checks"]["keys"] == {"words": "signs", "log": "signs"}
    text, _, line = bytes(note).rpartition(b"\n\n")
    assert is_signed(text + b"\n", _signature_in(line), log.public_key)
    assert softhsm.PIN not in serving.log.read_text() + serving.printed.read_text()


def _signature_in(line: bytes) -> bytes:
    return base64.b64decode(line.split()[-1])[4:]

"""A client that a program makes of the OpenAPI document, and a story told with nothing but it: create, list, read,
propose, dispute, decide."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.rest.openapi.document import endpoints_of, make_document
from tests.gateway.operator_client import BUYER, KEY, SELLER, Operator

NAME = "generated_client"


class GeneratedClient:
    """The generated package, and a client of it that has a key."""

    def __init__(self, url: str) -> None:
        package = importlib.import_module(NAME)
        self.models: Any = importlib.import_module(f"{NAME}.models")
        self._client = package.AuthenticatedClient(base_url=url, token=KEY)

    async def close(self) -> None:
        await self._client.get_async_httpx_client().aclose()

    async def call(self, operation: str, *path: Any, **values: Any) -> Any:
        """Call an operation, such as `contracts.create_contract`, and return its answer as the client has read it."""
        function = importlib.import_module(f"{NAME}.api.{operation}").asyncio_detailed
        answer = await function(*path, client=self._client, **values)
        assert answer.status_code in (200, 201), answer.content
        assert answer.parsed is not None, "the client knows what this answer is"
        return answer.parsed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that packages are imported from, and forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


async def generate(operator: Operator, folder: Path) -> None:
    """Make the client as a person does, by the generator's command."""
    (folder / "voicepact.json").write_bytes(orjson.dumps(make_document(endpoints_of(operator.client.app))))
    (folder / "settings.yaml").write_text("post_hooks: []\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "openapi_python_client", "generate", "--path", "voicepact.json", "--meta", "none",
        "--output-path", NAME, "--config", "settings.yaml", cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    assert "Could not find reference" not in printed.decode()


async def test_a_story_told_with_a_generated_client(operator: Operator, folder: Path) -> None:
    await generate(operator, folder)
    client = GeneratedClient(str(operator.client.make_url("/")).rstrip("/"))
    body = client.models

    made = await client.call("contracts.create_contract", idempotency_key="order-1", body=body.ContractBody(
        parties=[
            body.PartyBody(msisdn=BUYER, role=body.Role.BUYER, name="Amina"),
            body.PartyBody(msisdn=SELLER, role=body.Role.SELLER),
        ],
        terms=body.TermsBody(
            product="white maize", quantity=50, unit="bags", total_amount="175000.50", delivery_place="Nakuru",
            delivery_date="tomorrow",
        ),
    ))  # fmt: skip
    assert (made.status, made.terms.total_minor) == (body.Status.PENDING, 17_500_050)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, f"YES {made.reference}")

    listed = await client.call("contracts.list_contracts", status=body.Status.CONFIRMED, q="maize")
    assert [one.id for one in listed.items] == [made.id]
    found = await client.call("contracts.read_contract", made.reference)
    assert (found.status, found.sha256) == (body.Status.CONFIRMED, made.sha256)
    assert found.confirmed_at.tzinfo is not None, "a time is read as one"

    proposed = await client.call("contracts.propose", made.reference, body=body.ProposalBody(
        kind=body.ProposalKind.TERMS, terms=body.ChangesBody(quantity=40, total_amount="140000"),
    ))  # fmt: skip
    assert (proposed.n, proposed.terms.quantity, len(proposed.waiting)) == (2, "40", 2)

    disputed = await client.call("disputes.open_dispute", body=body.DisputeBody(
        contract=made.reference, words="Half of the bags are wet", by=BUYER,
    ))  # fmt: skip
    decided = await client.call("disputes.decide_dispute", disputed.id, body=body.DecisionBody(
        decision=body.Decision.SPLIT, reasons="Half of it was good", seller_amount="100000.50",
    ))  # fmt: skip
    assert (decided.decision.decision, decided.decision.split_minor) == (body.Decision.SPLIT, 10_000_050)
    shown = (await operator.get(f"/v1/contracts/{made.id}")).json
    assert (shown["status"], shown["dispute"]["status"]) == ("DISPUTED", "decided")
    await client.close()

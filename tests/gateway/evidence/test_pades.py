"""Papers signed with the operator's certificate: another's tool finds them signed, and the bytes stay the same."""

import asyncio
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import SecretStr
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from gateway.evidence.pack_maker import PackMaker
from gateway.evidence.pades import PaperSigner
from gateway.settings import SettingsError, load_settings
from tests.gateway.evidence.certificates import BEGINS_AT, PASSWORD, write_certificate
from tests.gateway.evidence.paper_record import WITHOUT_EXTRA, paper
from tests.gateway.evidence.sealed_contract import make_sealed_contract
from tests.gateway.evidence_pack import verify_offline
from tests.gateway.operator_client import Operator
from tests.gateway.pdf_text import pdf_text

LAST_STEP = datetime(2026, 7, 1, 9, 0, 0, 123, tzinfo=UTC)


async def status_of(pdf: bytes, root: x509.Certificate) -> Any:
    """Return what pyHanko finds of the only signature, on a machine that knows `root` and no network."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    roots = list(load_certs_from_pemder_data(root.public_bytes(Encoding.PEM)))
    return await async_validate_pdf_signature(signature, ValidationContext(trust_roots=roots, allow_fetching=False))


async def signed_with(certificate: Path, pdf: bytes) -> bytes:
    """In a thread, as the service does it."""
    return await asyncio.to_thread(PaperSigner(certificate, PASSWORD).sign, pdf, LAST_STEP)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_a_signed_paper_is_valid_and_has_the_same_bytes_each_time(kind: str, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    root = write_certificate(tmp_path / "own.p12", key)
    plain = paper(fonts=WITHOUT_EXTRA)
    signed = await signed_with(tmp_path / "own.p12", plain)
    assert signed.startswith(plain) and pdf_text(signed) == pdf_text(plain)
    status = await status_of(signed, root)
    assert status.bottom_line and status.signer_reported_dt == LAST_STEP.replace(microsecond=0)
    assert b"/ETSI.CAdES.detached" in signed and b"not that of signing" in signed
    assert await signed_with(tmp_path / "own.p12", plain) == signed
    assert b"/ModDate" not in signed, "which would be that of a clock"
    broken = signed.replace(b"/Title", b"/Titel", 1)
    assert broken != signed and not (await status_of(broken, root)).bottom_line


def test_a_signature_names_no_time_before_its_certificate(tmp_path: Path) -> None:
    write_certificate(tmp_path / "own.p12", ec.generate_private_key(ec.SECP256R1()))
    signer = PaperSigner(tmp_path / "own.p12", PASSWORD)
    assert signer.claimed_time(BEGINS_AT - timedelta(days=1)) == BEGINS_AT


async def test_the_papers_of_a_pack_are_signed_and_its_draft_is_not(operator: Operator, tmp_path: Path) -> None:
    root = write_certificate(tmp_path / "own.p12", ec.generate_private_key(ec.SECP256R1()))
    services, reference = operator.services, await make_sealed_contract(operator)
    chosen = {"pdf_certificate": tmp_path / "own.p12", "pdf_certificate_password": SecretStr(PASSWORD)}
    settings = services.settings.model_copy(update=chosen)
    maker = PackMaker(settings, services.evidence, services.signer, services.codes.cost)
    row = (await operator.get(f"/v1/contracts/{reference}")).json
    pack = await maker.make(row["id"], "http://ask")
    assert await maker.make(row["id"], "http://ask") == pack and verify_offline(pack) == []
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        contract, draft = (
            files.read(f"voicepact-{reference}/{name}") for name in ("contract.pdf", "certificate-106B.pdf")
        )
    assert (await status_of(contract, root)).bottom_line
    assert PdfFileReader(io.BytesIO(draft)).embedded_signatures == []


@pytest.mark.parametrize(
    ("content", "password", "why"),
    [
        pytest.param(None, PASSWORD, "should be a PKCS#12 file that can be read", id="no file"),
        pytest.param(b"not a certificate", PASSWORD, "should be a PKCS#12 file that PDF_CERTIFICATE_PASSWORD opens",
                     id="another file"),
        pytest.param("own", "not its password", "should be a PKCS#12 file that PDF_CERTIFICATE_PASSWORD opens",
                     id="another password"),
    ],
)  # fmt: skip
def test_a_certificate_that_does_not_open_stops_the_start(
    content: bytes | str | None, password: str, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.p12"
    if content == "own":
        write_certificate(path, ec.generate_private_key(ec.SECP256R1()))
    elif content:
        path.write_bytes(content if isinstance(content, bytes) else b"")
    with pytest.raises(SettingsError, match=f"^PDF_CERTIFICATE: {re.escape(why)}") as refused:
        load_settings(pdf_certificate=path, pdf_certificate_password=SecretStr(password))
    assert password not in str(refused.value) and "\n" not in str(refused.value)

"""Signs the papers of a pack with the operator's certificate (PAdES B-B). It needs pyHanko, which is an extra.

A pack has the same bytes each time, so nothing in a signature is random: the document's id is a hash, ECDSA takes its
number from the key and the text (RFC 6979), and the time in it is not that of a clock (`claimed_time`).
"""

import hashlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from gateway.settings.pdf_certificate import open_certificate

_ABOUT: Final = signers.PdfSignatureMetadata(
    field_name="Signature", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES,
    reason="Made from the record of VoicePact. The time is that of the last step, not that of signing.",
)  # fmt: skip


class PaperSigner:
    """The private key and the certificate of a PKCS#12 file. Raise ValueError as `open_certificate` does."""

    def __init__(self, path: Path, password: str) -> None:
        self._begins_at = open_certificate(path, password).not_valid_before_utc
        loaded = signers.SimpleSigner.load_pkcs12_data(path.read_bytes(), (), password.encode())
        assert loaded.signing_cert, "open_certificate has looked"
        self._key = _SameEachTime(loaded.signing_cert, loaded.signing_key, loaded.cert_registry)

    def claimed_time(self, last_step_at: datetime) -> datetime:
        """Return the time in a signature: of the last step, or when the certificate begins to be valid, if that is
        later."""
        return max(last_step_at.replace(microsecond=0), self._begins_at)

    def sign(self, pdf: bytes, last_step_at: datetime) -> bytes:
        """Return the PDF with a signature added behind it."""
        writer = _WriterWithoutClock(io.BytesIO(pdf))
        signed: bytes = _Dated(self.claimed_time(last_step_at), self._key).sign_pdf(writer).getvalue()
        return signed


class _WriterWithoutClock(IncrementalPdfFileWriter):
    """pyHanko 0.38.0 would draw the second half of the document's id, and write the time of writing."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        first, _ = prev.trailer["/ID"]
        second = hashlib.sha256(prev.stream.getvalue()).digest()[: len(first)]
        return generic.ArrayObject([first, generic.ByteStringObject(second)])

    def _update_meta(self) -> None:
        pass


class _Dated(signers.PdfSigner):
    """Signs as if it were `at`."""

    def __init__(self, at: datetime, key: signers.Signer) -> None:
        super().__init__(_ABOUT, key)
        self._at = at

    def init_signing_session(self, *given: Any, **options: Any) -> Any:
        session = super().init_signing_session(*given, **options)
        session.system_time = self._at
        return session


class _SameEachTime(signers.SimpleSigner):
    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        key = serialization.load_der_private_key(self.signing_key.dump(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return super().sign_raw(data, digest_algorithm)

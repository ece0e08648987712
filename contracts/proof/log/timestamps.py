"""Timestamps of authorities on checkpoints (RFC 3161): what is asked, and how an answer is checked.

The hash is SHA-256 over the checkpoint's text, without its signatures, so `openssl ts -verify -data checkpoint.txt`
checks the same.
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from values.frozen import Frozen


class BadTimestamp(ValueError):  # noqa: N818 - it reads as what is the case
    """An answer that is no timestamp on this text by a known authority; the message says why."""


class TimestampRequest(Frozen):
    """What is sent. `nonce`: the answer must repeat it."""

    der: bytes
    nonce: int | None


def request_timestamp(text: bytes) -> TimestampRequest:
    """Return a request for a checkpoint's text."""
    request = TimestampRequestBuilder(data=text, hash_algorithm=HashAlgorithm.SHA256).build()
    return TimestampRequest(request.as_bytes(), request.nonce)


def read_timestamp(
    response: bytes, text: bytes, roots: Sequence[Certificate], nonce: int | None = None
) -> datetime:  # fmt: skip
    """Return when an authority under one of `roots` says that it saw the text. Its certificates need to have been valid
    then, not today. Raise BadTimestamp."""
    try:
        answer = decode_timestamp_response(response)
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(answer, text)
        return answer.tst_info.gen_time
    except (ValueError, VerificationError) as bad:
        raise BadTimestamp(str(bad)) from None


def load_roots(pem: bytes) -> list[Certificate]:
    """Read the certificates of a PEM file. Raise ValueError."""
    return load_pem_x509_certificates(pem)

"""Check signatures of HTTP requests by RFC 9421, with the digest of the body by RFC 9530.

The structured fields are read by http-sf. The rest is ours: the library that verifies (http-message-signatures) takes
ECDSA signatures of 64 octets only, and pawaPay sends ASN.1 too; and it reads the machine's clock.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from values.frozen import Frozen, Hidden

PAST: Final = timedelta(seconds=300)  # how old a signature may be; the RFC leaves it to us
AHEAD: Final = timedelta(seconds=60)  # how far the signer's clock may be ahead
REQUIRED: Final = frozenset({"@method", "@authority", "@path", "content-digest"})

_DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MEMBER = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^",])+')  # of a dictionary that was parsed: a comma in quotes is no end
_NAME = re.compile(r"@?[a-z0-9_-]+")


class BadSignature(Exception):  # noqa: N818 - it reads as what happened
    """A request that is not signed as it must be. The message says why, and shows nothing of the request."""


class SignedRequest(Frozen):
    """A request as its sender made it. `url`: the one it called; a proxy's other name for us would not fit. `headers`:
    names in any case; one that is there twice is one item each."""

    method: str
    url: str
    headers: Hidden[Mapping[str, str]]
    body: Hidden[bytes]


class HttpSignature(Frozen):
    """One signature on a request. `parameters`: the text behind its label, as received: it is signed too."""

    label: str
    covered: tuple[str, ...]
    parameters: str
    alg: str
    keyid: str
    value: Hidden[bytes]


def read_signatures(request: SignedRequest, now: datetime) -> list[HttpSignature]:
    """Return the signatures that are worth a check with their key: in time, over what must be covered, and with a
    digest that fits the body. Raise BadSignature if there is none."""
    headers = _fold(request.headers)
    inputs, values = _dictionary(headers, "signature-input"), _dictionary(headers, "signature")
    labels = [label for label in inputs if label in values]
    if not labels:
        raise BadSignature("no label is in both Signature and Signature-Input")
    _check_digest(headers, request.body)
    texts = _texts(headers["signature-input"])
    signatures: list[HttpSignature] = []
    fault = None
    for label in labels:  # something on the way may have signed, too
        try:
            signatures.append(_read(label, inputs[label], values[label], texts[label], now))
        except BadSignature as bad:
            fault = bad
    if fault and not signatures:
        raise fault
    return signatures


def verify(signature: HttpSignature, key: PublicKeyTypes, request: SignedRequest) -> None:
    """Raise BadSignature unless the key, of the kind that `alg` names, has signed this request."""
    check = _ALGORITHMS.get(signature.alg)
    if check is None:
        raise BadSignature("alg: not one that we take")
    try:
        check(key, signature.value, _base(signature, request))
    except InvalidSignature:
        raise BadSignature("the signature does not fit the request") from None


def _read(label: str, given: object, value: object, text: str, now: datetime) -> HttpSignature:
    members, parameters = given if isinstance(given, tuple) else (None, {})
    signature = value[0] if isinstance(value, tuple) else None
    if not isinstance(members, list) or not isinstance(signature, bytes):
        raise BadSignature("Signature-Input must have lists, and Signature bytes")
    covered = tuple(_component(member) for member in members)
    if len(set(covered)) != len(covered) or not set(covered) >= REQUIRED:
        raise BadSignature(f"must cover {', '.join(sorted(REQUIRED))}, each once")
    _check_time(parameters, now)
    alg, keyid = parameters.get("alg"), parameters.get("keyid")
    if not isinstance(alg, str) or not isinstance(keyid, str):
        raise BadSignature("alg and keyid must be strings")
    return HttpSignature(label, covered, text, alg, keyid, signature)


def _component(member: object) -> str:
    """Return the name of a covered component. Components with parameters (`;bs`, `;req`) are not taken."""
    name, parameters = member if isinstance(member, tuple) else (None, {})
    if not isinstance(name, str) or not _NAME.fullmatch(name) or parameters:
        raise BadSignature("a covered component is none that we take")
    return name


def _check_time(parameters: Mapping[str, object], now: datetime) -> None:
    created, expires = _moment(parameters, "created"), _moment(parameters, "expires")
    if created is None:
        raise BadSignature("created: is missing")
    if not now - PAST <= created <= now + AHEAD:
        raise BadSignature("created: too long ago, or ahead of our clock")
    if expires is not None and expires < now:
        raise BadSignature("expires: is over")


def _moment(parameters: Mapping[str, object], name: str) -> datetime | None:
    seconds = parameters.get(name)
    if seconds is None:
        return None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds < 2**36:
        raise BadSignature(f"{name}: must be seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)


def _check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """At least one digest must be of a kind that we know, and each such one must fit."""
    given = _dictionary(headers, "content-digest")
    known = {name: given[name] for name in given if name in _DIGESTS}
    if not known:
        raise BadSignature("Content-Digest: has no sha-256 or sha-512")
    for name, item in known.items():
        digest = item[0] if isinstance(item, tuple) else None
        if not isinstance(digest, bytes) or not hmac.compare_digest(digest, _DIGESTS[name](body).digest()):
            raise BadSignature("Content-Digest: does not fit the body")


def _dictionary(headers: Mapping[str, str], name: str) -> dict[str, object]:
    if name not in headers:
        raise BadSignature(f"{name}: is missing")
    try:
        read = http_sf.parse(headers[name].encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse)
    except ValueError:
        raise BadSignature(f"{name}: is no structured field") from None
    return dict(read) if isinstance(read, dict) else {}


def _refuse(key: str, where: str) -> None:
    raise ValueError(f"{where} {key} twice")  # two readers could take different ones


def _texts(field: str) -> dict[str, str]:
    """Return the text of each member of a dictionary as it was received."""
    pairs = [member.strip(" \t").partition("=") for member in _MEMBER.findall(field)]
    return {label: text for label, _, text in pairs}


def _base(signature: HttpSignature, request: SignedRequest) -> bytes:
    """Return the text that is signed (RFC 9421, section 2.5)."""
    values = _fold(request.headers) | _derived(request)
    missing = [name for name in signature.covered if name not in values]
    if missing:
        raise BadSignature("a covered header is missing")
    lines = [f'"{name}": {values[name]}' for name in signature.covered]
    base = "\n".join([*lines, f'"@signature-params": {signature.parameters}'])
    try:
        return base.encode("ascii")
    except UnicodeEncodeError:
        raise BadSignature("a covered header is not ASCII") from None


def _derived(request: SignedRequest) -> dict[str, str]:
    """Return the components that are no headers (RFC 9421, section 2.2)."""
    try:
        parts = urlsplit(request.url)
        port = parts.port
    except ValueError:
        raise BadSignature("our own address is no URL") from None
    host = (parts.netloc.rpartition("@")[2]).lower()
    if port == _DEFAULT_PORTS.get(parts.scheme):
        host = host.removesuffix(f":{port}")
    path = {"@path": parts.path or "/", "@query": f"?{parts.query}"}
    return {"@method": request.method.upper(), "@authority": host} | path


def _fold(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with names in lower case. Those that came twice are one, with a comma between (2.1)."""
    folded: dict[str, str] = {}
    for name, value in headers.items():
        trimmed = value.strip(" \t")
        folded[name.lower()] = f"{folded[name.lower()]}, {trimmed}" if name.lower() in folded else trimmed
    return folded


def _ecdsa(
    curve: type[ec.EllipticCurve], size: int, algorithm: hashes.HashAlgorithm
) -> Callable[[PublicKeyTypes, bytes, bytes], None]:
    """The RFC has r and s side by side; pawaPay's own examples, and callbacks that were seen, are in ASN.1 (DER)."""

    def check(key: PublicKeyTypes, signature: bytes, signed: bytes) -> None:
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, curve):
            raise BadSignature("alg: does not fit the key")
        if len(signature) == 2 * size:
            r, s = (int.from_bytes(half) for half in (signature[:size], signature[size:]))
            signature = encode_dss_signature(r, s)
        key.verify(signature, signed, ec.ECDSA(algorithm))

    return check


def _rsa(
    pad: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm
) -> Callable[[PublicKeyTypes, bytes, bytes], None]:
    def check(key: PublicKeyTypes, signature: bytes, signed: bytes) -> None:
        if not isinstance(key, rsa.RSAPublicKey):
            raise BadSignature("alg: does not fit the key")
        key.verify(signature, signed, pad, algorithm)

    return check


_ALGORITHMS: Final = {
    "ecdsa-p256-sha256": _ecdsa(ec.SECP256R1, 32, hashes.SHA256()),
    "ecdsa-p384-sha384": _ecdsa(ec.SECP384R1, 48, hashes.SHA384()),
    "rsa-pss-sha512": _rsa(padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512()),
    "rsa-v1_5-sha256": _rsa(padding.PKCS1v15(), hashes.SHA256()),
}

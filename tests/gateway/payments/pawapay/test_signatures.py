"""Signed callbacks (RFC 9421 and RFC 9530): each step, and each trap, of the check."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from gateway.payments.pawapay.signatures import BadSignature, SignedRequest, read_signatures, verify
from tests.gateway.payments.pawapay.prepared_answers import SIGNED_AT

NOW = int(SIGNED_AT.timestamp())
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
BODY = b'{"depositId":"1"}'
URL = "https://voicepact.example/hooks/t/pawapay/payments/deposits"
COVERED = '"@method" "@authority" "@path" "content-digest" "content-type"'
PARAMETERS = f';alg="ecdsa-p256-sha256";keyid="K:1";created={NOW};expires={NOW + 60}'


def digest(body: bytes = BODY, name: str = "sha512") -> str:
    return f"{name.replace('sha', 'sha-')}=:{base64.b64encode(hashlib.new(name, body).digest()).decode()}:"


def base_of(covered: str, parameters: str, **changed: str) -> bytes:
    """The signed text, written down here by hand and not by the code under test."""
    values = {
        "@method": "POST", "@authority": "voicepact.example", "@path": "/hooks/t/pawapay/payments/deposits",
        "content-digest": digest(), "content-type": "application/json",
    }  # fmt: skip
    lines = [f"{name}: {(values | changed)[name.strip(chr(34))]}" for name in covered.split()]
    return "\n".join([*lines, f'"@signature-params": ({covered}){parameters}']).encode()


def ecdsa(signed: bytes, key: ec.EllipticCurvePrivateKey = P256) -> bytes:
    return key.sign(signed, ec.ECDSA(hashes.SHA256() if key is P256 else hashes.SHA384()))


def header(covered: str = COVERED, parameters: str = PARAMETERS, signature: bytes | None = None) -> dict[str, str]:
    value = ecdsa(base_of(covered, parameters)) if signature is None else signature
    return {
        "Content-Type": "application/json",
        "Content-Digest": digest(),
        "Signature-Input": f"sig-pp=({covered}){parameters}",
        "Signature": f"sig-pp=:{base64.b64encode(value).decode()}:",
    }


def check(
    headers: Mapping[str, str], body: bytes = BODY, url: str = URL, key: PublicKeyTypes | None = None
) -> None:  # fmt: skip
    request = SignedRequest("POST", url, headers, body)
    for signature in read_signatures(request, SIGNED_AT):
        verify(signature, key or P256.public_key(), request)


def test_a_signature_in_each_form_and_of_each_kind_fits() -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
    kinds: list[tuple[str, Any, Callable[[bytes], bytes]]] = [
        ("ecdsa-p256-sha256", P256, ecdsa),
        ("ecdsa-p384-sha384", P384, lambda signed: ecdsa(signed, P384)),
        ("rsa-pss-sha512", RSA, lambda signed: RSA.sign(signed, pss, hashes.SHA512())),
        ("rsa-v1_5-sha256", RSA, lambda signed: RSA.sign(signed, padding.PKCS1v15(), hashes.SHA256())),
    ]
    for alg, key, sign in kinds:
        parameters = PARAMETERS.replace("ecdsa-p256-sha256", alg)
        check(header(parameters=parameters, signature=sign(base_of(COVERED, parameters))), key=key.public_key())
        for _, other, _ in kinds:
            if type(other) is not type(key) or (key in (P256, P384) and other is not key):
                with pytest.raises(BadSignature, match="alg: does not fit the key"):
                    check(header(parameters=parameters), key=other.public_key())


@pytest.mark.parametrize("alg", ["hmac-sha256", "ed25519", "none", "ECDSA-P256-SHA256", ""])
def test_a_kind_of_signature_that_is_not_on_the_list_is_refused(alg: str) -> None:
    with pytest.raises(BadSignature, match="alg: not one that we take"):
        check(header(parameters=PARAMETERS.replace("ecdsa-p256-sha256", alg)))


@pytest.mark.parametrize(
    ("signature", "why"), [(b"", "does not fit"), (b"\x30", "does not fit"), (bytes(64), "fit"), (bytes(72), "fit")]
)
def test_bytes_that_are_no_signature_are_refused(signature: bytes, why: str) -> None:
    with pytest.raises(BadSignature, match=why):
        check(header(signature=signature))


def test_the_text_of_the_parameters_is_taken_as_it_came() -> None:
    """Another writer puts blanks where we would put none; they are signed."""
    parameters = PARAMETERS.replace(";", "; ")
    check(header(parameters=parameters))


def test_a_comma_in_quotes_does_not_end_a_signature() -> None:
    parameters = f'{PARAMETERS};nonce="a, sig-pp=(\\"b\\")"'
    check(header(parameters=parameters))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Signature": None}, "signature: is missing"),
        ({"Signature-Input": None}, "signature-input: is missing"),
        ({"Content-Digest": None}, "content-digest: is missing"),
        ({"Signature": "other=:AAAA:"}, "no label is in both"),
        ({"Signature": ""}, "no label is in both"),
        ({"Signature": "sig-pp=:AA"}, "signature: is no structured field"),
        ({"Signature": "sig-pp=é"}, "signature: is no structured field"),
        ({"Signature": "sig-pp=:AAAA:, sig-pp=:AAAA:"}, "signature: is no structured field"),
        ({"Signature": "sig-pp=7"}, "Signature bytes"),
        ({"Signature": "sig-pp=(:AAAA:)"}, "Signature bytes"),
        ({"Signature-Input": "sig-pp=:AAAA:"}, "must have lists"),
        ({"Signature-Input": "sig-pp"}, "must have lists"),
        ({"Content-Digest": "md5=:AAAA:"}, "has no sha-256 or sha-512"),
        ({"Content-Digest": digest(BODY + b" ")}, "does not fit the body"),
        ({"Content-Digest": f"{digest()}, {digest(b'', 'sha256')}"}, "does not fit the body"),
        ({"Content-Digest": "sha-512=7"}, "does not fit the body"),
        ({"Content-Type": None}, "a covered header is missing"),
        ({"Content-Type": "text/plain"}, "the signature does not fit"),
        ({"Content-Type": "application/json; é"}, "not ASCII"),
    ],
)
def test_headers_that_are_not_as_they_must_be_are_refused(changed: dict[str, str | None], why: str) -> None:
    headers = {name: value for name, value in (header() | changed).items() if value is not None}
    with pytest.raises(BadSignature, match=why):
        check(headers)


@pytest.mark.parametrize("left_out", ["@method", "@authority", "@path", "content-digest"])
def test_what_must_be_covered_is_required(left_out: str) -> None:
    covered = COVERED.replace(f'"{left_out}" ', "")
    with pytest.raises(BadSignature, match=f"must cover .*{left_out}"):
        check(header(covered))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('"@path"', "each once"),
        ('"@path";req', "a covered component is none that we take"),
        ('"content-type";bs', "none that we take"),
        ('"Content-Type"', "none that we take"),
        ("path", "none that we take"),
        ("7", "none that we take"),
        ('""', "none that we take"),
        ('"@status"', "a covered header is missing"),
    ],
)
def test_components_twice_or_of_another_form_are_refused(more: str, why: str) -> None:
    with pytest.raises(BadSignature, match=why):
        check(header() | {"Signature-Input": f"sig-pp=({COVERED} {more}){PARAMETERS}"})


@pytest.mark.parametrize(
    ("created", "expires", "why"),
    [
        (0, 60, None),
        (-300, None, None),
        (60, None, None),
        (-300, 0, None),
        (-301, None, "created: too long ago"),
        (61, None, "or ahead of our clock"),
        (-30, -1, "expires: is over"),
        (None, 60, "created: is missing"),
    ],
)
def test_a_signature_is_good_for_a_short_time(created: int | None, expires: int | None, why: str | None) -> None:
    times = {"created": created, "expires": expires}
    texts = [f";{name}={NOW + offset}" for name, offset in times.items() if offset is not None]
    headers = header(parameters=';alg="ecdsa-p256-sha256";keyid="K:1"' + "".join(texts))
    if why is None:
        check(headers)
    else:
        with pytest.raises(BadSignature, match=why):
            check(headers)


@pytest.mark.parametrize("created", ['"1767254420"', "1767254420.0", "?1", "-1", "999999999999999", "@1767254420"])
def test_a_time_that_is_no_number_of_seconds_is_refused(created: str) -> None:
    with pytest.raises(BadSignature, match="created: must be seconds"):
        check(header(parameters=PARAMETERS.replace(f"created={NOW}", f"created={created}")))


@pytest.mark.parametrize("without", ['alg="ecdsa-p256-sha256";', 'keyid="K:1";'])
def test_kind_and_key_must_be_named(without: str) -> None:
    with pytest.raises(BadSignature, match="alg and keyid must be strings"):
        check(header(parameters=PARAMETERS.replace(without, "")))


def test_the_digest_is_over_the_bytes_as_they_came() -> None:
    with pytest.raises(BadSignature, match="does not fit the body"):
        check(header(), body=BODY.replace(b":", b": "))
    known, unknown = digest(name="sha256"), "unixsum=:AAAA:"
    headers = header(signature=ecdsa(base_of(COVERED, PARAMETERS, **{"content-digest": f"{unknown}, {known}"})))
    check(headers | {"Content-Digest": f"{unknown}, {known}"})


def test_a_header_that_comes_twice_is_signed_as_one() -> None:
    both = {"content-digest": f"{digest()}, {digest(name='sha256')}"}
    headers = CIMultiDict(header(signature=ecdsa(base_of(COVERED, PARAMETERS, **both))))
    headers.add("content-digest", f" {digest(name='sha256')} ")
    check(headers)


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("voicepact.example", "VoicePact.Example"),
        URL.replace("voicepact.example", "voicepact.example:443"),
        URL + "?again=1",  # only the path is covered
    ],
)
def test_the_address_is_compared_as_the_rfc_writes_it(url: str) -> None:
    check(header(), url=url)


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("voicepact.example", "10.0.0.7:8000"),  # the address behind the proxy
        URL.replace("/hooks/", "/pay/hooks/"),
        URL.replace("voicepact.example", "voicepact.example:8443"),
        URL + "/",
    ],
)
def test_another_address_than_pawapay_called_does_not_fit(url: str) -> None:
    with pytest.raises(BadSignature, match="the signature does not fit"):
        check(header(), url=url)


def test_behind_a_proxy_that_strips_a_prefix_the_public_address_fits() -> None:
    path = {"@path": "/pay/hooks/t/pawapay/payments/deposits"}
    headers = header(signature=ecdsa(base_of(COVERED, PARAMETERS, **path)))
    check(headers, url="https://voicepact.example/pay/hooks/t/pawapay/payments/deposits")
    with pytest.raises(BadSignature):
        check(headers)


def test_an_address_without_a_path_has_the_path_of_the_root() -> None:
    check(header(signature=ecdsa(base_of(COVERED, PARAMETERS, **{"@path": "/"}))), url="https://voicepact.example")


def test_a_query_can_be_covered() -> None:
    covered = f'{COVERED} "@query"'
    for query, url in (("?a=1", f"{URL}?a=1"), ("?", URL)):
        check(header(covered, signature=ecdsa(base_of(covered, PARAMETERS, **{"@query": query}))), url=url)


def test_beside_a_signature_of_somebody_else_the_right_one_is_found() -> None:
    headers = header()
    headers["Signature-Input"] = f"proxy=();created=1, {headers['Signature-Input']}"
    headers["Signature"] = f"proxy=:AAAA:, {headers['Signature']}"
    check(headers)


@given(
    signature_input=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
    signature=st.text(max_size=40),
    content_digest=st.text(max_size=40) | st.just(digest()),
)
def test_no_headers_make_another_error_than_bad_signature(
    signature_input: str, signature: str, content_digest: str
) -> None:
    for value in (signature_input, f"sig-pp=({signature_input}){PARAMETERS}", f"sig-pp=({COVERED}){signature_input}"):
        headers = {"Signature-Input": value, "Signature": signature, "Content-Digest": content_digest}
        for each in (headers, header() | {"Signature-Input": value}, header() | {"Signature": f"sig-pp={signature}"}):
            with pytest.raises(BadSignature):
                check(each)

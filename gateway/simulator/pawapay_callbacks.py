"""Callbacks of the simulated pawaPay: signed by RFC 9421 with a key of its own, repeated until they are taken.

The signature is made here by hand, independently of the adapter that checks it, so that the two can disagree.
"""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.pawapay_book import BookedOrder
from gateway.simulator.pawapay_faults import PawaPayCallbackMode

KEY_ID: Final = "HTTP_EC_P256_KEY:1"
CONTENT_TYPE: Final = "application/json; charset=UTF-8"
_COVERED: Final = '("@method" "@authority" "@path" "signature-date" "content-digest" "content-type")'
_LONGEST_PAUSE_SECONDS: Final = 60.0


class PawaPayCallbacks:
    """`signs`: "der" as pawaPay's own examples do, "raw" as the RFC has it, or "no". `public_url`: the address that is
    signed, if the gateway listens elsewhere. `tries`: of one callback, the first after the end of the transfer, then
    after `retry_seconds`, then each time after twice as long."""

    def __init__(
        self, gateway: GatewayClient, clock: Callable[[], datetime], signs: str, public_url: str | None,
        retry_seconds: float, tries: int,
    ) -> None:  # fmt: skip
        self._gateway, self._clock, self._signs, self._public_url = gateway, clock, signs, public_url
        self._retry_seconds, self._tries = retry_seconds, tries
        self._key, self._other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def public_keys(self) -> list[dict[str, str]]:
        """Return what GET /v2/public-key/http answers."""
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return [{"id": KEY_ID, "key": pem.decode()}]

    async def tell(self, transfer: BookedOrder, mode: PawaPayCallbackMode = PawaPayCallbackMode.USUAL) -> None:
        """Post the callback until it is answered 200, but only so often."""
        body = orjson.dumps(transfer.to_json())
        for _ in range(2 if mode is PawaPayCallbackMode.TWICE else 1):
            await self._post(f"payments/{transfer.operation}", body, mode)

    async def _post(self, hook: str, body: bytes, mode: PawaPayCallbackMode) -> None:
        pause = self._retry_seconds
        for attempt in range(self._tries):
            if attempt:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            try:
                answer = await self._gateway.post(hook, body, "pawapay", self._headers(hook, body, mode))
            except (aiohttp.ClientError, TimeoutError):
                continue
            if answer.status == 200:
                return

    def _headers(self, hook: str, body: bytes, mode: PawaPayCallbackMode) -> dict[str, str]:
        plain = {"Content-Type": CONTENT_TYPE, "User-Agent": "pawaPay"}
        if self._signs == "no" or mode is PawaPayCallbackMode.UNSIGNED:
            return plain
        now = self._clock() - (timedelta(hours=1) if mode is PawaPayCallbackMode.STALE else timedelta())
        signed = {
            "signature-date": f"{now:%Y-%m-%dT%H:%M:%S}.000Z",
            "content-digest": f"sha-512=:{b64encode(hashlib.sha512(body).digest()).decode()}:",
            "content-type": CONTENT_TYPE,
        }
        created = int(now.timestamp())
        parameters = f';alg="ecdsa-p256-sha256";keyid="{KEY_ID}";created={created};expires={created + 60}'
        base = self._base(hook, signed, parameters)
        signature = self._sign(base.encode(), self._other_key if mode is PawaPayCallbackMode.FORGED else self._key)
        return plain | {
            "Signature-Date": signed["signature-date"],
            "Content-Digest": signed["content-digest"],
            "Signature-Input": f"sig-pp={_COVERED}{parameters}",
            "Signature": f"sig-pp=:{b64encode(signature).decode()}:",
        }

    def _base(self, hook: str, signed: dict[str, str], parameters: str) -> str:
        url = urlsplit(self._gateway.url(hook, "pawapay"))
        public = urlsplit((self._public_url or self._gateway.gateway_url).rstrip("/"))
        own = urlsplit(self._gateway.gateway_url.rstrip("/"))
        path = public.path + url.path.removeprefix(own.path)
        lines = ['"@method": POST', f'"@authority": {public.netloc.lower()}', f'"@path": {path}']
        lines += [f'"{name}": {value}' for name, value in signed.items()]
        return "\n".join([*lines, f'"@signature-params": {_COVERED}{parameters}'])

    def _sign(self, base: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        der = key.sign(base, ec.ECDSA(hashes.SHA256()))
        if self._signs == "der":
            return der
        r, s = decode_dss_signature(der)
        return r.to_bytes(32) + s.to_bytes(32)

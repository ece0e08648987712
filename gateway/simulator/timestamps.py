"""A time-stamping authority (RFC 3161) for trying and testing: `openssl ts` behind HTTP, with a root of its own.

It is another implementation than the one that checks its answers. What it stamps proves nothing to anybody.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = timedelta(days=3650)
_CONFIG = """
[ tsa ]
default_tsa = tsa_config
[ tsa_config ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def make_timestamp_simulator(folder: Path) -> web.Application:
    """Return the service. It keeps its keys, and root.pem, which its clients must know, in `folder`."""
    root = _name("Root of the simulator"), ec.generate_private_key(ec.SECP256R1())
    tsa = _name("Timestamps of the simulator"), ec.generate_private_key(ec.SECP256R1())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    _write(folder / "root.pem", _certificate(root, root, x509.BasicConstraints(ca=True, path_length=0)))
    _write(folder / "tsa.pem", _certificate(tsa, root, purpose))
    key = tsa[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    _write(folder / "tsa.key", key)
    _write(folder / "serial", b"01\n")
    _write(folder / "tsa.conf", _CONFIG.format(folder=folder).encode())
    app, one_at_a_time = web.Application(client_max_size=64 * 1024), asyncio.Lock()

    async def stamp(request: web.Request) -> web.Response:
        if request.content_type != "application/timestamp-query":
            return web.Response(status=415)
        async with one_at_a_time:  # openssl counts in a file
            answer = await _openssl(folder, await request.read())
        if not answer:
            return web.Response(status=400)
        return web.Response(body=answer, content_type="application/timestamp-reply")

    app.router.add_post("/", stamp)
    return app


async def _openssl(folder: Path, query: bytes) -> bytes:
    openssl = await asyncio.create_subprocess_exec(
        "openssl", "ts", "-reply", "-config", str(folder / "tsa.conf"), "-queryfile", "/dev/stdin",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    answer, _ = await openssl.communicate(query)
    return answer


_Signer = tuple[x509.Name, ec.EllipticCurvePrivateKey]


def _certificate(owner: _Signer, issuer: _Signer, purpose: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer[0], owner[0], owner[1].public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _DAYS)
    signed = builder.add_extension(purpose, critical=True).sign(issuer[1], hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)

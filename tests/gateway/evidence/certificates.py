"""A certificate of an operator, under a root of its own, as a PKCS#12 file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "opens the certificate"  # noqa: S105  (a test's own)
BEGINS_AT = datetime(2026, 1, 1, tzinfo=UTC)
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def write_certificate(path: Path, key: _Key) -> x509.Certificate:
    """Write the file, with the root in it, and return the root."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root of a test", root_key, "Root of a test", root_key, is_root=True)
    own = _certificate("Bungoma Coop", key, "Root of a test", root_key, is_root=False)
    packed = pkcs12.serialize_key_and_certificates(
        b"operator", key, own, [root], BestAvailableEncryption(PASSWORD.encode())
    )  # fmt: skip
    path.write_bytes(packed)
    return root


def _certificate(
    owner: str, key: _Key, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, is_root: bool
) -> x509.Certificate:  # fmt: skip
    public_key, issuer_public = key.public_key(), issuer_key.public_key()
    usage = x509.KeyUsage(
        digital_signature=not is_root, content_commitment=not is_root, key_cert_sign=is_root, crl_sign=is_root,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder(_name(issuer), _name(owner), public_key, x509.random_serial_number())
        .not_valid_before(BEGINS_AT)
        .not_valid_after(BEGINS_AT + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])

"""The certificate that papers are signed with: opened at the start, so that a wrong one stops it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

_KEYS: Final = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)


def open_certificate(path: Path, password: str) -> x509.Certificate:
    """Return the certificate of a PKCS#12 file. Raise ValueError, which shows nothing of file and password, if papers
    cannot be signed with it."""
    if find_spec("pyhanko") is None:
        raise ValueError("needs the extra pades: pip install 'voicepact[pades]'")
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), password.encode())
    except OSError as fault:
        raise ValueError(f"should be a PKCS#12 file that can be read ({fault.strerror})") from None
    except ValueError:
        raise ValueError("should be a PKCS#12 file that PDF_CERTIFICATE_PASSWORD opens") from None
    if certificate is None or not isinstance(key, _KEYS):
        raise ValueError("should have a certificate and its private key: RSA, ECDSA or Ed25519")
    return certificate

"""The security credential: the initiator's password, sealed for Safaricom."""

from base64 import b64encode
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def read_certificate(path: Path) -> rsa.RSAPublicKey:
    """Return the key in Safaricom's certificate, PEM or DER. The sandbox has another one than production. Raise
    ValueError with what it should be."""
    try:
        read = path.read_bytes()
    except OSError as fault:
        raise ValueError(f"should be a certificate that can be read ({fault.strerror})") from None
    try:
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in read else x509.load_der_x509_certificate
        key = load(read).public_key()
    except ValueError:
        raise ValueError("should be a certificate, PEM or DER") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("should be a certificate with an RSA key")
    return key


def seal_password(password: str, key: rsa.RSAPublicKey) -> str:
    """Return the credential: RSA with PKCS #1 v1.5 over the plain password, in base64. It is another one each time, and
    one may be used for any number of calls."""
    return b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()

"""Where a private key is, as a setting says it: in the setting itself, in a file, or on a token.

yKBmFfHb1gK2o0q3mW0i7S2mJrXcN8uJxq0dQwEoT5c=      32 bytes in base64; or a PEM file's text
file:/etc/voicepact/words.pem                     a file that only its owner can read
pkcs11:token=voicepact;object=words               a token (RFC 7512)
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.signing import Signer, SignerPort
from storage.tokens import pkcs11_key
from storage.tokens.device_thread import DeviceThread
from storage.tokens.pkcs11_key import Pkcs11Key
from storage.tokens.token_signer import TokenFault, TokenSigner
from storage.tokens.uri import SCHEME, TokenUri, parse_uri
from values.frozen import Frozen

_FILE = "file:"
_MAX_BYTES = 10_000  # of a key's file
_MADE = "make it with `voicepact keys create`"


class TokenAccess(Frozen):
    """How tokens are reached. `module`: the library of the token's maker; `seconds`: how long one may take. The PIN is
    not here: it would stand in a repr."""

    module: Path | None = None
    seconds: float = 1.0


class NoKeyFileError(ValueError):
    """The file of a key is not there, or not for this account."""


def is_on_token(text: str) -> bool:
    """Whether the private key itself cannot be read."""
    return text.startswith(SCHEME)


def open_signer(text: str, access: TokenAccess, pin: str = "") -> SignerPort:
    """Return what signs with the key that a setting names.

    Raise ValueError, which shows nothing of a secret, if there is no such key or the setting is none; SignerAwayError
    if its token does not answer.
    """
    if not is_on_token(text):
        return Signer.from_text(key_text(text))
    uri, module, pin, thread = _token(text, access, pin)
    return TokenSigner(lambda: Pkcs11Key.open(uri, module, pin), thread)


def check_source(text: str) -> None:
    """Raise ValueError for what names no key. A token is not asked, and a file that is not there for this account is
    passed over: most commands sign nothing, and run as others, or elsewhere."""
    if is_on_token(text):
        parse_uri(text)
        return
    with suppress(NoKeyFileError):
        Signer.from_text(key_text(text))


def key_text(text: str) -> str:
    """Return the private key itself, from the setting or from the file it names. Raise NoKeyFileError if that cannot be
    read, ValueError if others can read it too."""
    if not text.startswith(_FILE):
        return text
    path = path_of(text)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_BYTES)
    except OSError as fault:
        raise NoKeyFileError(f"names the file {path}, which cannot be read: {fault.strerror}") from None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ValueError(f"names the file {path}, which everybody on this machine can read: chmod 600 {path}")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValueError(f"names the file {path}, which holds no key: {_MADE}") from None


def path_of(text: str) -> Path:
    """Return the path in `file:…`, which may also be written `file:///…`."""
    path = text.removeprefix(_FILE)
    return Path(path.removeprefix("//") if path.startswith("///") else path)


def make_key(text: str, access: TokenAccess, pin: str = "") -> SignerPort:
    """Make an Ed25519 key in a new file that only this account can read, or on a token. Return what signs with it.

    Raise ValueError if `text` is neither, if there is such a key, or if it cannot be made; SignerAwayError if the token
    does not answer.
    """
    if text.startswith(_FILE):
        return _make_file(path_of(text))
    if not is_on_token(text):
        raise ValueError("should be file:/a/path, or pkcs11:token=…;object=…")
    uri, module, pin, thread = _token(text, access, pin)

    def make() -> None:
        try:
            Pkcs11Key.make(uri, module, pin).close()
        except TokenFault as fault:
            raise ValueError(str(fault)) from None

    thread.call(make)
    return open_signer(text, access, pin)


def _make_file(path: Path) -> Signer:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ValueError(f"{path} is there already, and is left as it is") from None
    except OSError as fault:
        raise ValueError(f"{path} cannot be written: {fault.strerror}") from None
    return Signer(key)


def _token(text: str, access: TokenAccess, pin: str) -> tuple[TokenUri, Path, str, DeviceThread]:
    uri, module, pin = _parts(text, access, pin)
    return uri, module, pin, pkcs11_key.thread_of(module, access.seconds)


def _parts(text: str, access: TokenAccess, pin: str) -> tuple[TokenUri, Path, str]:
    uri = parse_uri(text)
    module = uri.module or access.module
    if module is None:
        raise ValueError("needs PKCS11_MODULE, the path of the library of the token's maker")
    if not module.is_file():
        raise ValueError(f"needs the library {module}, which is not there")
    if not pkcs11_key.is_installed():
        raise ValueError("needs the package for tokens: pip install 'voicepact[hsm]'")
    if uri.pin_file:
        try:
            pin = uri.pin_file.read_text().strip("\r\n")
        except (OSError, UnicodeDecodeError) as fault:
            raise ValueError(f"names a file with the PIN that cannot be read ({type(fault).__name__})") from None
    if not pin:
        raise ValueError("needs the token's PIN: set PKCS11_PIN, or name a file with pin-source")
    return uri, module, pin

"""A key on a token, through the library of the token's maker (python-pkcs11, installed with `voicepact[hsm]`).

A library is loaded into the process, and is told that one thread at a time calls it: `thread_of` gives that thread.
Messages here name no PIN, and of a fault only its kind.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.tokens.device_thread import DeviceThread
from storage.tokens.token_signer import TokenFault
from storage.tokens.uri import TokenUri

if TYPE_CHECKING:
    import pkcs11

_KEY_BYTES = 32
_ED25519 = b"\x13\x0cedwards25519"  # PrintableString: the curve as PKCS#11 3.0 names it, and SoftHSM takes it
_threads: dict[Path, DeviceThread] = {}
_making = threading.Lock()


def is_installed() -> bool:
    """Whether the package is there that speaks with tokens."""
    try:
        import pkcs11  # noqa: F401, PLC0415 - an optional package, and most services have no token
    except ImportError:
        return False
    return True


def thread_of(module: Path, seconds: float) -> DeviceThread:
    """Return the one thread of this process in which the library `module` is called; each call has `seconds`."""
    with _making:
        if module not in _threads:
            _threads[module] = DeviceThread(f"token {module.name}", seconds)
        return _threads[module]


class Pkcs11Key:
    """A TokenKey. Use it in the thread of its library."""

    def __init__(self, session: "pkcs11.Session", key: "Any", public_key: bytes) -> None:
        self._session, self._key, self.public_key = session, key, public_key

    @classmethod
    def open(cls, uri: TokenUri, module: Path, pin: str) -> "Pkcs11Key":
        """Log in and find the key. Raise TokenFault."""
        import pkcs11  # noqa: PLC0415 - see is_installed

        with _as_faults():
            session = _open_session(uri, module, pin)
            try:
                named: dict[str, Any] = {"label": uri.object_label, "id": uri.object_id}
                key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, **named)
                public = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, **named)
                return cls(session, key, _raw_point(public[pkcs11.Attribute.EC_POINT]))
            except BaseException:
                _close(session)
                raise

    @classmethod
    def make(cls, uri: TokenUri, module: Path, pin: str) -> "Pkcs11Key":
        """Make an Ed25519 key on the token, which it never leaves, under the name in `uri`. Raise TokenFault, also if
        there is one of this name."""
        import pkcs11  # noqa: PLC0415 - an extra
        from pkcs11 import Attribute, KeyType, Mechanism  # noqa: PLC0415 - an extra

        with _as_faults():
            session = _open_session(uri, module, pin, writes=True)
            try:
                wanted: dict[Attribute, Any] = {Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
                wanted |= {Attribute.LABEL: uri.object_label} if uri.object_label is not None else {}
                wanted |= {Attribute.ID: uri.object_id} if uri.object_id is not None else {}
                if list(session.get_objects(wanted)):
                    raise TokenFault("the token has a key of this name already; it is left as it is")
                curve = session.create_domain_parameters(
                    KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _ED25519}, local=True
                )  # fmt: skip
                curve.generate_keypair(
                    id=uri.object_id, label=uri.object_label, store=True, mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                    private_template={Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True},
                )  # fmt: skip
            finally:
                _close(session)
        return cls.open(uri, module, pin)

    def sign(self, statement: bytes) -> bytes:
        """Return an Ed25519 signature (CKM_EDDSA). Raise TokenFault."""
        from pkcs11 import Mechanism  # noqa: PLC0415 - an extra

        with _as_faults():
            return bytes(self._key.sign(statement, mechanism=Mechanism.EDDSA))

    def is_there(self) -> None:
        """Raise TokenFault if the token is gone, or the session has ended. It reads the key's label from the token."""
        from pkcs11 import Attribute  # noqa: PLC0415 - an extra

        with _as_faults():
            _ = self._key[Attribute.LABEL]

    def close(self) -> None:
        """End the session, and with it the login."""
        _close(self._session)


def _open_session(uri: TokenUri, module: Path, pin: str, *, writes: bool = False) -> "pkcs11.Session":
    import pkcs11  # noqa: PLC0415 - an extra

    library = pkcs11.lib(str(module))
    found = [
        token
        for token in library.get_tokens(
            token_label=uri.token_label, token_serial=uri.serial.encode() if uri.serial is not None else None
        )
        if uri.manufacturer in (None, token.manufacturer_id) and uri.model in (None, token.model)
    ]
    if len(found) != 1:
        raise TokenFault("there is no such token" if not found else "there are several such tokens: name its serial")
    try:
        return found[0].open(rw=writes, user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:  # another key of this process on the same token
        return found[0].open(rw=writes)


def _close(session: "pkcs11.Session") -> None:
    import pkcs11  # noqa: PLC0415 - an extra

    with suppress(pkcs11.PKCS11Error):
        session.close()


def _raw_point(point: bytes) -> bytes:
    """Return the 32 bytes of a public key, which tokens give with or without the head of an OCTET STRING."""
    raw = point[2:] if len(point) == _KEY_BYTES + 2 and point[:2] == b"\x04\x20" else point
    if len(raw) != _KEY_BYTES:
        raise TokenFault("the key of this name is no Ed25519 key")
    return raw


@contextmanager
def _as_faults() -> Iterator[None]:
    import pkcs11  # noqa: PLC0415 - an extra

    try:
        yield
    except pkcs11.PKCS11Error as fault:
        raise TokenFault(_WORDS.get(type(fault).__name__, f"the token refuses: {type(fault).__name__}")) from None


_WORDS = {
    "PKCS11Error": "the library of the token cannot be loaded",
    "NoSuchKey": "the token has no key of this name",
    "MultipleObjectsReturned": "the token has several keys of this name: name its id",
    "PinIncorrect": "the token refuses the PIN; after a few more tries it locks itself",
    "PinLenRange": "the token refuses the PIN: it is too short, or too long",
    "PinLocked": "the token has locked itself after too many wrong PINs",
    "DeviceRemoved": "the token was taken away",
    "TokenNotPresent": "the token was taken away",
    "MechanismInvalid": "the token cannot make Ed25519 signatures",
}

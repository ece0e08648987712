"""A signer whose private key stays on a token, behind a thread with a deadline."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from storage.signing import SignerAwayError, SignerState, is_signed, key_id_of
from storage.tokens.device_thread import DeviceThread

_T = TypeVar("_T")
_REST_SECONDS = 1.0  # after a failure, before the device is asked again


class TokenKey(Protocol):
    """A key on an open token. Each call may block, and may raise TokenFault."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 public key."""
        ...

    def sign(self, statement: bytes) -> bytes: ...

    def is_there(self) -> None:
        """Raise TokenFault if the token is not there any more, or has shut us out."""
        ...

    def close(self) -> None:
        """End the session; nothing is raised."""
        ...


class TokenFault(Exception):  # noqa: N818 - it reads as what is the case
    """What a token refuses or cannot do; the message says what, and has no PIN."""


class TokenSigner:
    """Opens the key at once. Raise SignerAwayError if that fails.

    A signature that the key does not verify is never given out. A token that fails is opened anew, and asked once more;
    if that fails too it is away, and for a second nobody asks it.
    """

    def __init__(self, open_key: Callable[[], TokenKey], thread: DeviceThread) -> None:
        self._open_key, self._thread = open_key, thread
        self._key: TokenKey | None = None
        self._rests_until, self._why = 0.0, ""
        self.public_key = b""
        self.public_key = thread.call(self._opened).public_key
        self.key_id = key_id_of(self.public_key)

    @property
    def state(self) -> SignerState:
        return "away" if self._why else "signs"

    def sign(self, statement: bytes) -> bytes:
        """Return a signature, within the thread's deadline. Raise SignerAwayError."""
        self._check_rested()
        try:
            return self._thread.call(lambda: self._sign(statement))
        except SignerAwayError as away:
            raise self._away(away) from None

    async def sign_in_time(self, statement: bytes) -> bytes:
        """Return a signature, within the thread's deadline. Raise SignerAwayError."""
        self._check_rested()
        try:
            return await self._thread.call_in_time(lambda: self._sign(statement))
        except SignerAwayError as away:
            raise self._away(away) from None

    async def probe(self) -> None:
        """Ask the token whether it is there; open it anew if it has failed."""
        try:
            await self._thread.call_in_time(self._look)
        except SignerAwayError as away:
            self._away(away)

    def _check_rested(self) -> None:
        if self._why and time.monotonic() < self._rests_until:
            raise SignerAwayError(self._why)

    def _away(self, fault: SignerAwayError) -> SignerAwayError:
        self._why, self._rests_until = str(fault), time.monotonic() + _REST_SECONDS
        return fault

    def _sign(self, statement: bytes) -> bytes:
        """In the thread."""
        signature = self._twice(lambda key: key.sign(statement))
        if not is_signed(statement, signature, self.public_key):
            raise SignerAwayError("the token gives signatures that are wrong")
        self._why = ""
        return signature

    def _look(self) -> None:
        self._twice(lambda key: key.is_there())
        self._why = ""

    def _twice(self, ask: Callable[[TokenKey], _T]) -> _T:
        try:
            return ask(self._opened())
        except TokenFault:
            self._close()
        try:
            return ask(self._opened())
        except TokenFault as fault:
            self._close()
            raise SignerAwayError(str(fault)) from None

    def _opened(self) -> TokenKey:
        if self._key is None:
            key = self._open()
            if self.public_key not in (b"", key.public_key):
                key.close()
                raise SignerAwayError("the token has another key under this name than at the start")
            self._key = key
        return self._key

    def _open(self) -> TokenKey:
        try:
            return self._open_key()
        except TokenFault as fault:
            raise SignerAwayError(str(fault)) from None

    def _close(self) -> None:
        if self._key:
            self._key.close()
        self._key = None

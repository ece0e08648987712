"""A device that holds a key, as a token does, and does what a test wants: answers, refuses, hangs, lies."""

import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.tokens.token_signer import TokenFault

GIVES_UP_SECONDS = 60.0  # a test that forgot to wake the device


class Device:
    """Several sessions may be opened on it, one after the other."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.refuses = ""  # why, if it does
        self.lies = False
        self.answers = threading.Event()  # cleared: each call hangs
        self.answers.set()
        self.opened = self.signed = 0

    def open(self) -> "Session":
        """Open a session; it ends when the device refuses something."""
        self.check()
        self.opened += 1
        return Session(self)

    def check(self) -> None:
        assert self.answers.wait(GIVES_UP_SECONDS)
        if self.refuses:
            raise TokenFault(self.refuses)


class Session:
    def __init__(self, device: Device) -> None:
        self._device = device
        self.public_key = device.key.public_key().public_bytes_raw()
        self._ended = False

    def sign(self, statement: bytes) -> bytes:
        self.is_there()
        self._device.signed += 1
        return bytes(64) if self._device.lies else self._device.key.sign(statement)

    def is_there(self) -> None:
        if self._ended:
            raise TokenFault("the session has ended")
        try:
            self._device.check()
        except TokenFault:
            self._ended = True
            raise

    def close(self) -> None:
        self._ended = True

"""SoftHSM, a token in software: a double of a real one, where it is installed (`apt-get install softhsm2`)."""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from storage.key_source import TokenAccess
from storage.tokens import pkcs11_key

PIN, SO_PIN = "hunter2-42", "officer-4242"
_PLACES = ("/usr/lib/softhsm", "/usr/lib64", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm")
_found = [path for place in _PLACES if (path := Path(place) / "libsofthsm2.so").is_file()]
MODULE = _found[0] if _found else Path("/no/softhsm")
ACCESS = TokenAccess(MODULE, 20.0)

needs_softhsm = pytest.mark.skipif(
    not (_found and shutil.which("softhsm2-util") and pkcs11_key.is_installed()),
    reason="SoftHSM is not installed: apt-get install softhsm2",
)


@functools.cache
def token() -> str:
    """Make a token, and return the beginning of the URIs of its keys. The library reads its settings once: so there is
    one token in a process, and each test has keys of its own names in it."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    words = ("--init-token", "--free", "--label", "voicepact", "--pin", PIN, "--so-pin", SO_PIN)
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)  # noqa: S603, S607 - our own words
    return "pkcs11:token=voicepact;object="

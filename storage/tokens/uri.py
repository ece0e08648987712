"""The name of a key on a token (RFC 7512): `pkcs11:token=voicepact;object=words`. Pure.

Only what finds one token and one key in it is understood. A PIN does not belong here: a URI is printed and copied.
"""

import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from values.frozen import Frozen

SCHEME = "pkcs11:"
_PART = re.compile(r"[A-Za-z0-9._~:\[\]@!$'()*+,=&/-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~:\[\]@!$'()*+,=&/-]*)*")
_OF_TOKEN = ("token", "serial", "manufacturer", "model")
_OF_KEY = ("object", "id", "type")


class TokenUri(Frozen):
    """A token by what it says of itself, and a key in it by label or id. None: any. `module` and `pin_file` are paths
    that the URI names (`module-path`, `pin-source`)."""

    token_label: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    object_label: str | None = None
    object_id: bytes | None = None
    module: Path | None = None
    pin_file: Path | None = None

    @property
    def names_token(self) -> bool:
        """Whether it says on which token; a machine may have several."""
        return self.token_label is not None or self.serial is not None


def parse_uri(text: str) -> TokenUri:
    """Read the URI. Raise ValueError, which shows nothing of its values, for what is none, or is not understood."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    if not text.startswith(SCHEME):
        raise ValueError("should be a URI that starts with pkcs11:")
    attributes = _attributes(path, ";", (*_OF_TOKEN, *_OF_KEY))
    options = _attributes(query, "&", ("module-path", "pin-source", "pin-value"))
    if "pin-value" in options:
        raise ValueError("should not have the PIN in it: set PKCS11_PIN, or name a file with pin-source")
    if unquote(attributes.get("type", "private")) != "private":
        raise ValueError("should be of type=private, or say no type")
    uri = TokenUri(
        token_label=_text(attributes, "token"),
        serial=_text(attributes, "serial"),
        manufacturer=_text(attributes, "manufacturer"),
        model=_text(attributes, "model"),
        object_label=_text(attributes, "object"),
        object_id=unquote_to_bytes(attributes["id"]) if "id" in attributes else None,
        module=_path(options, "module-path"),
        pin_file=_path(options, "pin-source"),
    )
    if not uri.names_token or (uri.object_label is None and uri.object_id is None):
        raise ValueError("should name a token and a key, like pkcs11:token=voicepact;object=words")
    return uri


def _attributes(part: str, between: str, known: tuple[str, ...]) -> dict[str, str]:
    """Return the attributes as they are written. Each may stand there once."""
    found: dict[str, str] = {}
    for pair in filter(None, part.split(between)):
        name, equals, value = pair.partition("=")
        if not equals or not _PART.fullmatch(value):
            raise ValueError("should have name=value between its ; and &, with all else percent-encoded")
        if name not in known:
            raise ValueError(f"has an attribute that is not understood; known are {', '.join(known)}")
        if name in found:
            raise ValueError(f"has {name} twice")
        found[name] = value
    return found


def _text(attributes: dict[str, str], name: str) -> str | None:
    return unquote(attributes[name]) if name in attributes else None


def _path(options: dict[str, str], name: str) -> Path | None:
    """Return a path that may be written as a `file:` URI."""
    if (text := _text(options, name)) is None:
        return None
    return Path(re.sub(r"^file:(//(localhost)?(?=/))?", "", text))

"""What a phone shows. Knows nothing of HTTP, SQL or Redis."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable


def _version() -> str:
    """Which menus these are: a hash of their code and their catalogues, so that evidence can name what was shown."""
    menus = files("menus")
    shown = [menus / "screens", menus / "sms", menus / "phrases", menus / "locale", menus]
    sources = sorted((f for folder in shown for f in folder.iterdir() if _is_source(f)), key=str)
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _is_source(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith((".py", ".po"))


MENU_VERSION = _version()

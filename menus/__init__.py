"""What a phone shows: screens, SMS and their translations. Knows nothing of HTTP, SQL or Redis."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

_HASHED_FOLDERS = ("screens", "sms", "phrases", "locale")


def version_of(menus: Traversable) -> str:
    """Return a hash of all code and catalogues that decide what a caller reads, so that evidence can name the menus.
    `checking`, `map` and `paper` are left out: no caller sees what they do."""
    folders = [menus, *(menus / name for name in _HASHED_FOLDERS)]
    sources = sorted((file for folder in folders for file in folder.iterdir() if _is_source(file)), key=str)
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _is_source(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith((".py", ".po"))


MENU_VERSION = version_of(files("menus"))

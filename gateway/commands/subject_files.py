"""The files of a person's disputes, for them to have: a zip beside what else is exported."""

import os
import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.commands.startup import StartError
from storage.subjects import SubjectRows

_ODD = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # letters that some system takes in no file's name
_NAME_LETTERS = 60


def beside(document: Path) -> Path:
    """Where the files of what is written to `document` go."""
    return document.with_name(f"{document.stem}.files.zip")


async def packed(rows: SubjectRows, document: dict[str, Any], to: Path) -> int:
    """Write every file that `document` names into a zip at `to`, one in memory at a time, and note in the document by
    which name; how many they are. None: there is no zip."""
    phone_id = UUID(document["phone"]["id"])
    files = [(dispute["id"], file) for dispute in document["disputes"] for file in dispute["files"] or ()]
    if not files:
        return 0
    write_private(to, b"")
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as pack:
        for dispute_id, file in files:
            file["in_zip"] = f"{dispute_id[:8]}/{file['sha256'][:8]} {_plain(file['name'])}"
            pack.writestr(file["in_zip"], await rows.file(phone_id, UUID(file["id"])))
    return len(files)


def check_place(to: Path) -> None:
    """StartError where nothing can be written to `to`: before anything is read, or noted as read."""
    if not to.parent.is_dir():
        raise StartError(f"--to: there is no folder {to.parent}")
    if to.is_dir():
        raise StartError(f"--to: {to} is a folder, and should be a file")
    if not os.access(to if to.exists() else to.parent, os.W_OK):
        raise StartError(f"--to: {to} cannot be written")


def write_private(to: Path, content: bytes) -> None:
    """Into a file that nobody else may read, whoever made it before."""
    to.touch(mode=0o600)
    to.chmod(0o600)
    to.write_bytes(content)


def _plain(name: str) -> str:
    """As any system can keep it; the end of a long one, because that says what it is."""
    return _ODD.sub("_", name)[-_NAME_LETTERS:]

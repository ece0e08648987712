"""The files of a person's disputes, as a zip beside their exported document."""

import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.commands.startup import StartError
from storage.subjects import SubjectRows

_ODD = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # characters that some operating system forbids in a file name
_NAME_LETTERS = 60


def zip_path(document: Path) -> Path:
    """Return the path of the zip for the exported `document`."""
    return document.with_name(f"{document.stem}.files.zip")


async def zip_dispute_files(rows: SubjectRows, document: dict[str, Any], to: Path) -> int:
    """Write every file that `document` names into a zip at `to`, and its name in the zip into the document. Only one
    file is in memory at a time. Return how many there are; without any, no zip is written."""
    phone_id = UUID(document["phone"]["id"])
    files = [(dispute["id"], file) for dispute in document["disputes"] for file in dispute["files"] or ()]
    if not files:
        return 0
    write_private(to, b"")
    with _writing(to), zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as pack:
        for dispute_id, file in files:
            file["in_zip"] = f"{dispute_id[:8]}/{file['sha256'][:8]} {_safe_name(file['name'])}"
            pack.writestr(file["in_zip"], await rows.file(phone_id, UUID(file["id"])))
    return len(files)


def check_place(to: Path) -> None:
    """Raise StartError if `to` cannot be written. Call it before the export, which is noted in the audit."""
    if not to.parent.is_dir():
        raise StartError(f"--to: there is no folder {to.parent}")
    if to.is_dir():
        raise StartError(f"--to: {to} is a folder, and should be a file")
    if not os.access(to if to.exists() else to.parent, os.W_OK):
        raise StartError(f"--to: {to} cannot be written")


def write_private(to: Path, content: bytes) -> None:
    """Write a file that only its owner can read, even if it existed with other permissions."""
    with _writing(to):
        to.touch(mode=0o600)
        to.chmod(0o600)
        to.write_bytes(content)


@contextmanager
def _writing(to: Path) -> Iterator[None]:
    """Raise StartError where the disk is full or the folder is gone; a fault of the database stays one."""
    try:
        yield
    except OSError as fault:
        if fault.errno is None or isinstance(fault, ConnectionError):
            raise
        raise StartError(f"--to: {to} cannot be written: {fault.strerror}") from None


def _safe_name(name: str) -> str:
    """Return a name that every operating system accepts. A long one keeps its end, which has the file type."""
    return _ODD.sub("_", name)[-_NAME_LETTERS:]

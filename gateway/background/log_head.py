"""The newest checkpoint that this service has signed, in a file beside its key.

A database that is restored from a backup does not know what was signed after it. If such a database signed on, there
would be two logs with one name, which is what a witness takes for fraud. The file remembers.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from contracts.proof.log.checkpoints import Checkpoint, read_checkpoint
from contracts.proof.log.notes import BadNote
from contracts.proof.log.tiles import MissingTile, ReadTile, root_from_tiles
from values.ids import new_id

NAME = "log-head"  # in the data folder


class HeadFile:
    """A file with one signed checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Checkpoint | None:
        """Return the checkpoint; None if there is no file. Raise BadNote if it holds something else, OSError if it
        cannot be read."""
        try:
            note = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return read_checkpoint(note)[0]

    def write(self, note: bytes) -> None:
        """Replace the file, so that a crash leaves the old one or the new one. A larger checkpoint of the same log
        stays: this process may have stood still while another one signed it. Raise OSError."""
        known, new = read_head(self)[0], read_checkpoint(note)[0]
        if known and known.origin == new.origin and known.size > new.size:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.{new_id()}")
        try:
            with beside.open("wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        finally:
            beside.unlink(missing_ok=True)


def why_no_checkpoint(known: Iterable[Checkpoint], size: int, read_tile: ReadTile) -> str | None:
    """Return why a log of `size` leaves may not be signed; None if it begins with all checkpoints that are `known`.
    `read_tile` must have the tiles of their roots."""
    for checkpoint in known:
        if checkpoint.size > size:
            return f"a checkpoint of {checkpoint.size} leaves was signed, and the database has {size}"
        try:
            root = root_from_tiles(checkpoint.size, read_tile)
        except MissingTile as missing:
            return f"{missing} any more"
        if root != checkpoint.root:
            return f"its first {checkpoint.size} leaves are not those of the checkpoint of this size"
    return None


def read_head(file: HeadFile) -> tuple[Checkpoint | None, str | None]:
    """Return what the file holds, and why it cannot be used, if so."""
    try:
        return file.read(), None
    except BadNote as bad:
        return None, f"{file.path} holds no checkpoint: {bad}"
    except OSError as fault:
        return None, f"{file.path} cannot be read: {fault.strerror}"

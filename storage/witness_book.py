"""What a witness remembers: its key, each checkpoint that it cosigned, and those that it refused. One SQLite file.

The key is in the same file: a witness with its key but without its memory would cosign a second history. Each call is a
transaction and blocks until it is on the disk; a caller in an event loop runs it in a thread.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.signing import Signer
from values.frozen import Frozen

NAME = "witness.db"  # in the witness's folder
_VERSION = 1
_WAITS_SECONDS = 10.0  # for another process that writes
_SCHEMA = """
CREATE TABLE witness (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    seed BLOB NOT NULL CHECK (length(seed) = 32)  -- of its Ed25519 key
) STRICT;
CREATE TABLE cosigned (
    origin      TEXT NOT NULL,
    size        INTEGER NOT NULL CHECK (size >= 0),
    root        BLOB NOT NULL CHECK (length(root) = 32),
    note        BLOB NOT NULL,
    cosignature TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT;
-- `rival`: of a split view, the note of the same size that was cosigned; else the latest that was, if any.
CREATE TABLE refused (
    origin   TEXT NOT NULL,
    size     INTEGER NOT NULL,
    root     BLOB NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('split view', 'not proved')),
    note     BLOB NOT NULL,
    rival    BLOB,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    times    INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (origin, size, root, kind)
) STRICT;
CREATE TRIGGER cosigned_grows BEFORE INSERT ON cosigned
    WHEN NEW.size < (SELECT max(size) FROM cosigned WHERE origin = NEW.origin)
    BEGIN SELECT RAISE(ABORT, 'a larger checkpoint was cosigned'); END;
CREATE TRIGGER cosigned_stays BEFORE UPDATE ON cosigned
    WHEN NEW.origin <> OLD.origin OR NEW.size <> OLD.size OR NEW.root <> OLD.root
    BEGIN SELECT RAISE(ABORT, 'what was cosigned stays'); END;
CREATE TRIGGER cosigned_is_kept BEFORE DELETE ON cosigned
    BEGIN SELECT RAISE(ABORT, 'what was cosigned is kept'); END;
"""
MOST_REFUSED = (
    10_000  # split views of one log: only who has its key can make one, and not even they should fill the disk
)
MOST_NOT_PROVED = 1_000  # of one log, the newest: anybody can send a public checkpoint with a wrong proof


class BookError(Exception):
    """The file cannot be used; the message says why in a line."""


class CosignedRow(Frozen):
    """A checkpoint that was cosigned. `note`: as the log sent it; `cosignature`: the line that was answered; `at`: in
    seconds since 1970."""

    origin: str
    size: int
    root: bytes
    note: bytes
    cosignature: str
    at: int


class RefusedRow(Frozen):
    """A checkpoint with a log's signature that was not cosigned. `rival`: the note that it was held against, if any;
    `times`: how often it was sent."""

    origin: str
    size: int
    root: bytes
    kind: str
    note: bytes
    rival: bytes | None
    first_at: int
    last_at: int
    times: int


class WitnessBook:
    """Use it in one thread at a time. `name` and `signer`: of the witness."""

    def __init__(self, connection: sqlite3.Connection, name: str, signer: Signer) -> None:
        self._sql = connection
        self.name, self.signer = name, signer

    @classmethod
    def open(cls, path: Path) -> "WitnessBook":
        """Open the book. Raise BookError if there is none, or if it is no book."""
        if not path.exists():
            raise BookError(f"no witness has been made on {path.parent}")
        try:
            connection = _connect(path)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            row = connection.execute("SELECT name, seed FROM witness").fetchone() if version == _VERSION else None
        except sqlite3.Error as fault:
            raise BookError(f"{path} cannot be read: {fault}") from None
        if row is None:
            raise BookError(f"{path} is no book of a witness of this version")
        return cls(connection, row[0], Signer(Ed25519PrivateKey.from_private_bytes(row[1])))

    @classmethod
    def make(cls, path: Path, name: str) -> "WitnessBook":
        """Make a book with a new key, for this account alone. A crash leaves no book, or a whole one. Raise BookError
        if there is one."""
        if path.exists():
            raise BookError(f"{path} is there already")
        draft = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            connection = sqlite3.connect(draft)
            seed = Ed25519PrivateKey.generate().private_bytes_raw()
            connection.executescript(f"PRAGMA synchronous = FULL; BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION};")
            connection.execute("INSERT INTO witness (id, name, seed) VALUES (1, ?, ?)", (name, seed))
            connection.commit()
            connection.close()
            path.hardlink_to(draft)  # refuses to take the place of a book that another process has made
            draft.unlink()
        except FileExistsError:
            raise BookError(f"{path} is there already") from None
        except (OSError, sqlite3.Error) as fault:
            raise BookError(f"{path} cannot be made: {fault}") from None
        return cls.open(path)

    def close(self) -> None:
        self._sql.close()

    def latest(self, origin: str) -> CosignedRow | None:
        """Return the largest checkpoint of a log that was cosigned."""
        return self._cosigned("WHERE origin = ? ORDER BY size DESC LIMIT 1", origin)

    def of_size(self, origin: str, size: int) -> CosignedRow | None:
        return self._cosigned("WHERE origin = ? AND size = ?", origin, size)

    def all_latest(self) -> list[CosignedRow]:
        """Return the largest of each log."""
        origins = self._sql.execute("SELECT DISTINCT origin FROM cosigned ORDER BY origin").fetchall()
        return [row for (origin,) in origins if (row := self.latest(origin))]

    def newest_cosigned(self, most: int) -> list[CosignedRow]:
        """Return what was cosigned last, newest first."""
        rows = self._sql.execute("SELECT * FROM cosigned ORDER BY at DESC, size DESC LIMIT ?", (most,))
        return [CosignedRow(*row) for row in rows]

    def refused(self) -> list[RefusedRow]:
        """Return all that was refused, split views first."""
        rows = self._sql.execute("SELECT * FROM refused ORDER BY kind DESC, first_at, size")
        return [RefusedRow(*row) for row in rows]

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """A block in which no other process changes the book: what it reads is so until it has written. It is on the
        disk once the block has ended; if it raises, nothing is written."""
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._sql.execute("COMMIT")
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise

    def save_cosigned(self, row: CosignedRow) -> None:
        """Store it; the cosignature of one of this size and root is replaced. It was proved then, whatever was sent
        before. Within `deciding`."""
        self._sql.execute(
            "INSERT INTO cosigned VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET root = excluded.root, "
            "note = excluded.note, cosignature = excluded.cosignature, at = excluded.at",
            (row.origin, row.size, row.root, row.note, row.cosignature, row.at),
        )
        self._sql.execute(
            "DELETE FROM refused WHERE origin = ? AND size = ? AND root = ? AND kind = 'not proved'",
            (row.origin, row.size, row.root),
        )

    def save_refused(self, row: RefusedRow) -> bool:
        """Store it, or count it once more. Return whether it is new. Within `deciding`."""
        values = (row.last_at, row.origin, row.size, row.root, row.kind)
        counted = self._sql.execute(
            "UPDATE refused SET times = times + 1, last_at = ? WHERE (origin, size, root, kind) = (?, ?, ?, ?)", values
        )
        if counted.rowcount:
            return False
        (count,) = self._sql.execute(
            "SELECT count(*) FROM refused WHERE origin = ? AND kind = ?", (row.origin, row.kind)
        ).fetchone()
        if row.kind == "not proved" and count >= MOST_NOT_PROVED:
            self._sql.execute(
                "DELETE FROM refused WHERE rowid = (SELECT rowid FROM refused WHERE origin = ? AND kind = ? "
                "ORDER BY last_at, rowid LIMIT 1)", (row.origin, row.kind),
            )  # fmt: skip
        elif count >= MOST_REFUSED:
            return False
        self._sql.execute(
            "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.origin, row.size, row.root, row.kind, row.note, row.rival, row.first_at, row.last_at, row.times),
        )
        return True

    def _cosigned(self, where: str, *values: str | int) -> CosignedRow | None:
        row = self._sql.execute(f"SELECT * FROM cosigned {where}", values).fetchone()  # noqa: S608 - our own words
        return CosignedRow(*row) if row else None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAITS_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # on the disk before it is answered, also if the power fails
    return connection

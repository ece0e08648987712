"""Migration files `NNNN_name.sql`: reads and checks them, and creates new ones from a template."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

from values.frozen import Frozen, Hidden

MIGRATIONS = Path(str(files("sql"))) / "migrations"

TEMPLATE = """\
-- Why:
-- Locks: . Order: before the code.

-- up

-- down
"""

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_UP, _DOWN = (re.compile(rf"^-- {word}[ \t]*$", re.MULTILINE) for word in ("up", "down"))


class MigrationError(Exception):
    """The database does not fit the migration files, or a file is malformed. The message says which, and what to do."""


class Migration(Frozen):
    """One change of the schema: the SQL that makes it (`up`) and the SQL that takes it back (`down`)."""

    version: int
    name: str
    checksum: str
    up: Hidden[str]
    down: Hidden[str]
    up_line: Hidden[int] = 1  # the lines where `up` and `down` begin, for error messages
    down_line: Hidden[int] = 1

    def __str__(self) -> str:
        return f"{self.version:04d}_{self.name}"


def load(folder: Path) -> list[Migration]:
    """Return all migrations of the folder, 0001 first. Raise MigrationError for a gap, a number used twice, or a
    malformed file."""
    migrations = [_read(file) for file in sorted(folder.glob("*.sql"))]
    for expected, migration in enumerate(migrations, start=1):
        if migration.version < expected:
            raise MigrationError(f"{migration.version:04d} is there twice: {migrations[expected - 2]} and {migration}")
        if migration.version > expected:
            raise MigrationError(f"{expected:04d} is missing: the next file is {migration}")
    return migrations


def create(folder: Path, name: str) -> Path:
    """Create an empty migration with the next number, and return its path. Raise MigrationError for a bad name."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise MigrationError(f"a migration's name is small letters, digits and _, not {name!r}")
    file = folder / f"{len(load(folder)) + 1:04d}_{name}.sql"
    file.write_text(TEMPLATE, encoding="utf-8")
    return file


def _read(file: Path) -> Migration:
    named = _FILE_NAME.fullmatch(file.name)
    if named is None:
        raise MigrationError(f"{file.name} is not named like 0007_what_it_does.sql")
    text = file.read_text(encoding="utf-8")  # newlines as \n, so a checkout on Windows has the same checksum
    ups, downs = list(_UP.finditer(text)), list(_DOWN.finditer(text))
    if len(ups) != 1 or len(downs) != 1 or downs[0].start() < ups[0].end():
        raise MigrationError(f"{file.name} must have one line `-- up` and, after it, one line `-- down`")
    if _code(text[: ups[0].start()]):
        raise MigrationError(f"{file.name} has SQL above `-- up`, which would never run")
    (up, up_line), (down, down_line) = (
        _section(text, ups[0].end(), downs[0].start()),
        _section(text, downs[0].end(), len(text)),
    )
    for word, sql in (("up", up), ("down", down)):
        if not _code(sql):
            raise MigrationError(f"{file.name} has nothing below `-- {word}`: SELECT 1; says that it is meant")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return Migration(int(named[1]), named[2], checksum, up, down, up_line, down_line)


def _section(text: str, start: int, end: int) -> tuple[str, int]:
    """Return the SQL between two offsets, stripped, and the line of the file on which it begins."""
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    return body.strip(), text.count("\n", 0, start) + 1


def _code(sql: str) -> str:
    return re.sub(r"--.*", "", sql).strip("; \n\t")

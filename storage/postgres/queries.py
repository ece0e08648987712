"""The service's SQL by name: `QUERIES["contracts.by_ids"]` is the query `by_ids` of `sql/queries/contracts.sql`.

In a file, a query is a line `-- name: by_ids`, comment lines that say what it gives, and the SQL up to the next name.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(str(files("sql"))) / "queries"

_NAME = re.compile(r"^-- name:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_QUERY = re.compile(r"(?:--[ \t]*\S.*\n)+(?P<sql>(?:.|\n)*)")


class QueryError(Exception):
    """A query file that does not keep the form above; the message names the file and the query."""


def load(folder: Path) -> Mapping[str, str]:
    """All queries of the folder by `stem.name`. QueryError for one without description or SQL, or with a taken name."""
    queries: dict[str, str] = {}
    for file in sorted(folder.glob("*.sql")):
        before, *parts = _NAME.split(file.read_text(encoding="utf-8"))
        if before.strip():
            raise QueryError(f"{file.name} must begin with a line `-- name: something`")
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            key = f"{file.stem}.{name}"
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise QueryError(f"{key}: a name is small letters, digits and _")
            if key in queries:
                raise QueryError(f"{key} is there twice")
            queries[key] = _sql(key, text.strip())
    return MappingProxyType(queries)


def _sql(key: str, text: str) -> str:
    query = _QUERY.fullmatch(text + "\n")
    if query is None:
        raise QueryError(f"{key} has no description: say in a comment below its name what it gives")
    sql = query["sql"].strip()
    if not re.sub(r"--.*", "", sql).strip("; \n"):
        raise QueryError(f"{key} has no SQL")
    return sql


QUERIES = load(FOLDER)

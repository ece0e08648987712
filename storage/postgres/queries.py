"""The service's SQL by name: `QUERIES["contracts.by_ids"]` is the query `by_ids` of `sql/queries/contracts.sql`.

In a file, a query is a line `-- name: by_ids`, comment lines that say what it returns, and the SQL up to the next name.
A parameter is written `:contract_ids`. The caller names each one, and `*` hands SQL and values to asyncpg:

    await pool.fetch(*QUERIES["contracts.by_ids"](contract_ids=ids))

Lines from `-- part: change` to `-- end` are left out of `QUERIES["acts.apply"].with_parts(...)`, unless `change` is
among the parts that are asked for; `-- part: change, contract` is for either. Such parts do not stand in each other. A
part of a statement that has nothing to do still costs its plan's start: some 10 us.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(str(files("sql"))) / "queries"

_NAME = re.compile(r"^-- name:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_PART = re.compile(
    r"^[ \t]*-- part: (?P<names>[a-z, ]+)\n(?P<lines>(?:(?![ \t]*-- (?:part:|end\n)).*\n)*)[ \t]*-- end\n", re.MULTILINE
)
_PART_MARK = re.compile(r"^[ \t]*-- (?:part:.*|end)$", re.MULTILINE)
_QUERY = re.compile(r"(?:--[ \t]*\S.*\n)+(?P<sql>(?:.|\n)*)")
# What may hold a colon or a dollar without being a parameter comes first; only the last two groups are looked at.
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\$\w*\$).*?\1|::"
    r"|:(?P<name>[a-z_][a-z0-9_]*)|(?P<number>\$[0-9]+)",
    re.DOTALL,
)


class QueryError(Exception):
    """A query file that does not keep the form above; the message names the file and the query."""


class SqlQuery:
    """One query: `sql` as PostgreSQL takes it ($1, $2 …), `parameters` by name in that order; `parts`: their names."""

    __slots__ = ("_made", "_text", "name", "parameters", "parts", "sql")

    def __init__(self, name: str, sql: str) -> None:
        """Raise QueryError where `sql` has a numbered parameter."""
        numbers: dict[str, str] = {}

        def numbered(token: re.Match[str]) -> str:
            if token["number"]:
                raise QueryError(f"{name} has {token['number']}: give the parameter a name, as in :contract_id")
            return numbers.setdefault(token["name"], f"${len(numbers) + 1}") if token["name"] else token[0]

        self.name = name
        self.sql = _TOKEN.sub(numbered, sql)
        self.parameters = tuple(numbers)
        self.parts = frozenset(name for part in _PART.finditer(sql) for name in part["names"].split(", "))
        self._text = sql
        self._made: dict[frozenset[str], SqlQuery] = {}

    def with_parts(self, parts: frozenset[str]) -> "SqlQuery":
        """Return the query with those of its parts that are among `parts`, and what is in no part. Raise KeyError for a
        part that it has not."""
        if parts not in self._made:
            if unknown := parts - self.parts:
                raise KeyError(f"{self.name} has no part {', '.join(sorted(unknown))}")

            def chosen(part: re.Match[str]) -> str:
                return part["lines"] if parts & set(part["names"].split(", ")) else ""

            self._made[parts] = SqlQuery(f"{self.name} with {', '.join(sorted(parts))}", _PART.sub(chosen, self._text))
        return self._made[parts]

    def __call__(self, **values: Any) -> tuple[Any, ...]:
        """Return the SQL and the values in its order. Raise TypeError unless exactly its parameters are given."""
        if len(values) == len(self.parameters):
            try:
                return (self.sql, *map(values.__getitem__, self.parameters))
            except KeyError:
                pass
        raise TypeError(f"{self.name} takes {', '.join(self.parameters) or 'nothing'}; not {', '.join(values)}")


def load(folder: Path) -> Mapping[str, SqlQuery]:
    """Return all queries of the folder by `stem.name`. Raise QueryError for one without description or SQL, with a name
    that is used twice, or with a numbered parameter."""
    queries: dict[str, SqlQuery] = {}
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
            queries[key] = SqlQuery(key, _sql(key, text.strip()))
    return MappingProxyType(queries)


def _sql(key: str, text: str) -> str:
    query = _QUERY.fullmatch(text + "\n")
    if query is None:
        raise QueryError(f"{key} has no description: say in a comment below its name what it returns")
    sql = query["sql"].strip()
    if not re.sub(r"--.*", "", sql).strip("; \n"):
        raise QueryError(f"{key} has no SQL")
    if _PART_MARK.search(_PART.sub("", sql)):
        raise QueryError(f"{key} has a part that is not ended, or an end without a part")
    return sql


QUERIES = load(FOLDER)

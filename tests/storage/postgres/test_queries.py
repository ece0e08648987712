"""Queries by name: the loader refuses a malformed file, and PostgreSQL can prepare every query of the service."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import asyncpg
import pytest

from storage.postgres.queries import QUERIES, QueryError, SqlQuery, load

ROOT = Path(__file__).parents[3]
GOOD = """\
-- name: by_id
-- The contract with the id :contract_id.
SELECT * FROM contracts -- the table
WHERE id = :contract_id;

-- name: open_ones
-- Contracts that wait for an answer,
-- newest first.
SELECT * FROM contracts ORDER BY id DESC;
"""


def test_a_query_is_found_by_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "contracts.sql").write_text(GOOD)
    assert {name: query.sql for name, query in load(tmp_path).items()} == {
        "contracts.by_id": "SELECT * FROM contracts -- the table\nWHERE id = $1;",
        "contracts.open_ones": "SELECT * FROM contracts ORDER BY id DESC;",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("-- name: by_id\nSELECT 1;\n", "contracts.by_id has no description", id="no description"),
        pytest.param("-- name: by_id\n-- \nSELECT 1;\n", "contracts.by_id has no description", id="blank description"),
        pytest.param(
            "-- name: by_id\n-- One.\n\n-- name: b\n-- Two.\nSELECT 1;", "contracts.by_id has no SQL", id="no SQL"
        ),
        pytest.param("-- name: by_id\n-- One.\n;\n", "contracts.by_id has no SQL", id="only a semicolon"),
        pytest.param(GOOD + GOOD, "contracts.by_id is there twice", id="a name used twice"),
        pytest.param("SELECT 1;\n" + GOOD, "contracts.sql must begin with a line", id="SQL before the first name"),
        pytest.param("-- name: By id\n-- One.\nSELECT 1;", "contracts.By id: a name is small letters", id="a bad name"),
        pytest.param(
            "-- name: b\n-- One.\nSELECT\n-- part: a\n1;", "contracts.b has a part that is not ended", id="an open part"
        ),
        pytest.param(
            "-- name: b\n-- One.\nSELECT\n-- part: a\n1\n-- part: b\n2\n-- end\n-- end\n",
            "contracts.b has a part",
            id="a part in a part",
        ),
        pytest.param(
            "-- name: b\n-- One.\nSELECT $1;", r"contracts.b has \$1: give the parameter a name", id="a number"
        ),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "contracts.sql").write_text(text)
    with pytest.raises(QueryError, match=message):
        load(tmp_path)


PARTED = """\
-- name: apply
-- Change and make contracts.
WITH acts AS (SELECT :acts)
-- part: change
, changed AS (UPDATE contracts)
-- end
, entry AS (
    SELECT 1
    -- part: change, contract
    UNION ALL SELECT :entry
    -- end
)
"""


def test_a_query_has_the_parts_that_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "acts.sql").write_text(PARTED)
    query = load(tmp_path)["acts.apply"]
    bare, contract = query.with_parts(frozenset()), query.with_parts(frozenset({"contract"}))
    assert " ".join(bare.sql.split()) == "WITH acts AS (SELECT $1) , entry AS ( SELECT 1 )"
    assert " ".join(contract.sql.split()) == "WITH acts AS (SELECT $1) , entry AS ( SELECT 1 UNION ALL SELECT $2 )"
    assert (bare.parameters, contract.parameters) == (("acts",), ("acts", "entry"))
    assert "changed AS" in query.with_parts(frozenset({"change"})).sql
    assert query.with_parts(frozenset()) is bare
    with pytest.raises(KeyError, match=r"acts\.apply has no part hop"):
        query.with_parts(frozenset({"change", "hop"}))


@pytest.mark.parametrize(
    ("written", "sql", "parameters"),
    [
        pytest.param("SELECT :b, :a", "SELECT $1, $2", ("b", "a"), id="in the order they are written in"),
        pytest.param("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b"), id="one that is used twice"),
        pytest.param("SELECT :id, :id_of", "SELECT $1, $2", ("id", "id_of"), id="one that begins like another"),
        pytest.param("SELECT :a::text, 1::integer", "SELECT $1::text, 1::integer", ("a",), id="casts"),
        pytest.param("SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', $1", ("c",), id="strings"),
        pytest.param(r"SELECT E'\':a', :b", r"SELECT E'\':a', $1", ("b",), id="a string with an escaped quote"),
        pytest.param("SELECT $$ :a $1 $$, $f$ $$ :b $f$, :c", "SELECT $$ :a $1 $$, $f$ $$ :b $f$, $1", ("c",), id="$$"),
        pytest.param('SELECT ":a" FROM t', 'SELECT ":a" FROM t', (), id="an identifier"),
        pytest.param(
            "SELECT 1 -- it's :a\n, :b", "SELECT 1 -- it's :a\n, $1", ("b",), id="a comment to the line's end"
        ),
        pytest.param("SELECT /* :a\n$1 */ :b", "SELECT /* :a\n$1 */ $1", ("b",), id="a comment of several lines"),
        pytest.param("SELECT x[1:2], :a", "SELECT x[1:2], $1", ("a",), id="a slice of an array"),
    ],
)
def test_named_parameters_become_numbers(written: str, sql: str, parameters: tuple[str, ...]) -> None:
    query = SqlQuery("contracts.some", written)
    assert (query.sql, query.parameters) == (sql, parameters)


def test_values_are_passed_in_the_order_of_the_sql() -> None:
    query = SqlQuery("contracts.some", "SELECT :b, :a, :b")
    assert query(a=1, b=2) == ("SELECT $1, $2, $1", 2, 1)


@pytest.mark.parametrize("values", [{}, {"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}])
def test_a_missing_or_unknown_parameter_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"contracts\.some takes a, b; not"):
        SqlQuery("contracts.some", "SELECT :a, :b")(**values)


async def test_the_database_understands_every_query(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    refused = {}
    for name, query in QUERIES.items():
        try:
            await connection.prepare(query.sql)
        except asyncpg.PostgresError as error:
            refused[name] = str(error)
    await connection.close()
    assert refused == {}


async def test_the_database_understands_a_statement_with_any_two_parts(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    parted = [query for query in QUERIES.values() if query.parts]
    assert [query.name for query in parted] == ["acts.apply", "outbox.merge_reports", "phones.try_pins"]
    for query in parted:
        for one, other in product(query.parts, repeat=2):
            await connection.prepare(query.with_parts(frozenset({one, other})).sql)
        await connection.prepare(query.with_parts(frozenset()).sql)
    await connection.close()


def test_every_call_names_the_parameters_of_its_query() -> None:
    """A call that no test runs would fail in service only. Calls whose query or values are computed are left out."""
    wrong, calls = [], list(_calls_of_queries())
    assert len(calls) > 60
    for where, name, given in calls:
        if name not in QUERIES or (given is not None and set(given) != set(QUERIES[name].parameters)):
            wrong.append(f"{where}: {name} {given}")
    assert not wrong


def _calls_of_queries() -> Iterator[tuple[str, str, list[str] | None]]:
    for file in [*ROOT.glob("storage/**/*.py"), *ROOT.glob("gateway/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := _name_of_query(node.func)):
                given = [keyword.arg for keyword in node.keywords]
                yield f"{file}:{node.lineno}", name, None if None in given else [arg for arg in given if arg]


def _name_of_query(node: ast.expr) -> str | None:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "QUERIES":
        return node.slice.value if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else None
    return None

"""Queries by name: a file out of form is refused when it is loaded; the real ones are understood by the database."""

from pathlib import Path

import asyncpg
import pytest

from storage.postgres.queries import QUERIES, QueryError, load

GOOD = """\
-- name: by_id
-- The contract of this id.
SELECT * FROM contracts -- the table
WHERE id = $1;

-- name: open_ones
-- Contracts that wait for an answer,
-- newest first.
SELECT * FROM contracts ORDER BY id DESC;
"""


def test_a_query_is_found_by_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "contracts.sql").write_text(GOOD)
    assert load(tmp_path) == {
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
    ],
)
def test_a_file_out_of_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "contracts.sql").write_text(text)
    with pytest.raises(QueryError, match=message):
        load(tmp_path)


async def test_the_database_understands_every_query(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    refused = {}
    for name, sql in QUERIES.items():
        try:
            await connection.prepare(sql)
        except asyncpg.PostgresError as error:
            refused[name] = str(error)
    await connection.close()
    assert refused == {}

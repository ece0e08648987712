"""Limits of lengths and patterns are the same in the code and in the database's CHECKs."""

import re

import asyncpg
import pytest

from contracts.fields import free_text
from contracts.fields.msisdn import E164
from contracts.fields.reference import REFERENCE
from contracts.proof.log.tiles import WIDTH
from contracts.proof.log.tree import HASH_BYTES
from gateway.outgoing import MOST_BYTES

LENGTHS = {
    ("contract_parties", "name"): free_text.NAME_LETTERS,
    ("phones", "name"): free_text.NAME_LETTERS,
    ("operators", "name"): free_text.NAME_LETTERS,
    ("disputes", "words"): free_text.PROBLEM_LETTERS,
    ("disputes", "reasons"): free_text.REASONS_LETTERS,
    ("disputes", "appeal_words"): free_text.PROBLEM_LETTERS,
    ("dispute_files", "name"): free_text.FILE_NAME_LETTERS,
    ("legal_holds", "reason"): free_text.HOLD_REASON_LETTERS,
    # What was said with a yes or a no, or written down by an operator: the longest of them is a decision's reasons.
    ("confirmation_texts", "words"): free_text.REASONS_LETTERS,
    ("log_tiles", "hashes"): WIDTH * HASH_BYTES,
    ("log_timestamps", "response"): MOST_BYTES,
}
PATTERNS = {("contracts", "reference"): REFERENCE, ("phones", "msisdn"): E164}


@pytest.fixture
async def checks(database_url: str) -> dict[str, str]:
    """The definition of every CHECK by its table, joined."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text AS relation, string_agg(pg_get_constraintdef(oid), E'\n') AS definitions"
        " FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace GROUP BY 1"
    )
    await connection.close()
    return {row["relation"]: row["definitions"] for row in rows}


async def test_code_and_database_have_the_same_lengths(checks: dict[str, str]) -> None:
    found = {
        (table, column): int(longest)
        for table, definitions in checks.items()
        for column, longest in re.findall(r"length\((\w+)\) <= (\d+)", definitions)
        # Nothing writes to the first yet; what providers say of a number is cut where it is read.
        if table not in ("recording_consents", "number_checks")
    }
    assert found == LENGTHS


async def test_code_and_database_have_the_same_patterns(checks: dict[str, str]) -> None:
    found = {
        (table, column): next(iter(re.findall(rf"\({column} ~ '\^(.*?)\$'::text\)", checks[table])), None)
        for table, column in PATTERNS
    }
    assert found == PATTERNS

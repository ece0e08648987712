"""Callbacks of rails that are about a person: each is encrypted, and may name them."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.commands.startup import StartError
from gateway.payments.kept_callbacks import read_kept
from storage.encryption import Encryptor
from storage.subjects import SubjectRows


async def forget_callbacks(
    rows: SubjectRows, encryptor: Encryptor, phone_id: UUID, payers: Sequence[str], shows: re.Pattern[str]
) -> None:  # fmt: skip
    """Delete the callbacks that name the person, as `shows` or `payers` find them, or a transfer of theirs; and those
    that nobody can read any more. Raise StartError while one of them waits to be dealt with."""
    names = {*payers, *await rows.ids_of_transfers(phone_id, payers)}
    found = [row async for row in rows.callbacks() if _is_about(row, encryptor, names, shows)]
    if not all(row["is_dealt_with"] for row in found):
        raise StartError("what a provider of money said about them is being dealt with: try again in a minute")
    await rows.erase_callbacks([row["id"] for row in found])


def _is_about(row: dict[str, Any], encryptor: Encryptor, names: set[str], shows: re.Pattern[str]) -> bool:
    body = read_kept(encryptor, row["rail"], row["kind"], row["body"])
    if body is None:
        return bool(row["is_dealt_with"])
    text = body.decode(errors="replace")
    return row["own_id"] in names or any(name in text for name in names) or bool(shows.search(text))

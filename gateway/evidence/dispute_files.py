"""The files of a contract's disputes, unchanged, and the list of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.proof.statements import utc_timestamp

Row = Mapping[str, Any]

_ENDING: Final = re.compile(r"\.([A-Za-z0-9]{1,8})\Z")


def dispute_files(rows: Sequence[Row]) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the files by their names in the pack, and the list of all. `no_file` is `large` for a file that the pack
    has no room for: the service has it, and its hash is in the audit."""
    files, told = {}, []
    for row in rows:
        name = None
        if row["content"] is not None:
            name = f"disputes/{row['id']}.{_ending(row['name'])}"
            files[name] = bytes(row["content"])
        told.append({
            "file": name, "no_file": None if name else "large", "sha256": row["sha256"].hex(),
            "id": str(row["id"]), "dispute": str(row["dispute_id"]), "name": row["name"],
            "media_type": row["media_type"], "octets": row["octets"], "added_at": utc_timestamp(row["added_at"]),
        })  # fmt: skip
    return files, told


def _ending(name: str) -> str:
    """Return the ending of a file's name as somebody typed it, if it can do no harm in another's."""
    found = _ENDING.search(name)
    return found[1].lower() if found else "bin"

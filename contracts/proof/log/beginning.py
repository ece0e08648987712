"""The file whose leaf is the first of a log: which log it is, and which one it goes on from."""

import base64
from datetime import datetime

from contracts.proof.canonical import canonical_json
from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.statements import utc_timestamp

FORMAT = "voicepact-log/1"


def beginning_file(origin: str, at: datetime, because: str | None = None, before: Checkpoint | None = None) -> bytes:
    """Return the file's bytes. `because`: why a log begins after another; `before`: the newest known checkpoint of that
    one, if there is any."""
    earlier = before and {
        "origin": before.origin, "size": before.size, "root": base64.b64encode(before.root).decode()
    }  # fmt: skip
    return canonical_json(
        {"format": FORMAT, "origin": origin, "at": utc_timestamp(at), "because": because, "before": earlier}
    )


def origin_after(first_origin: str, log: int) -> str:
    """Return the origin of the log with this number, from 1: each has its own, so no two are taken for one."""
    return first_origin if log == 1 else f"{first_origin}/{log}"

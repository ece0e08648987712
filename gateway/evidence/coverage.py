"""How the log covers the audit of a contract: the newest checkpoint, and a proof for each entry under it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.proof.log.checkpoints import Checkpoint, add_signatures, read_checkpoint
from contracts.proof.log.inclusion_file import InclusionFile, write_inclusion_file
from contracts.proof.log.keys import VerifierKey, parse_key
from contracts.proof.log.notes import Note, SignatureLine, parse_signatures
from contracts.proof.log.tiles import ReadTile, inclusion_proof, tiles_of_inclusion
from contracts.proof.log.tree import leaf_hash
from gateway.evidence.log_tiles import read_tiles
from storage.log import LogRows
from storage.signing import key_id_of
from values.frozen import Frozen

Row = Mapping[str, Any]
_TIME_BYTES = 8


class Timestamp(Frozen):
    """An authority's answer (RFC 3161), in DER, about an older checkpoint. `text`: of that checkpoint; `seq`: the
    newest entry that it covers; `proof`: the file that leads from there to that checkpoint."""

    response: bytes
    at: datetime
    text: bytes
    seq: int
    proof: bytes


class Coverage(Frozen):
    """The newest checkpoint over the contract's audit.

    `covered`: the newest entry of which it, and each before it, is under the checkpoint. `note`: the checkpoint with
    all signatures; `text` is signed by `key` with `signature`. `proofs`: a file (c2sp.org/tlog-proof) for each entry up
    to `covered`, by its seq. `witnesses`: who cosigned, and the time that each put into its cosignature.
    """

    checkpoint: Checkpoint
    covered: int
    note: bytes
    text: bytes
    signature: bytes
    key: VerifierKey
    proofs: Mapping[int, bytes]
    witnesses: Sequence[tuple[str, datetime]]
    timestamp: Timestamp | None

    @property
    def key_id(self) -> str:
        """The name of the log's key in the folder keys/."""
        return key_id_of(self.key.public_key)


async def read_coverage(rows: LogRows, entries: Sequence[Row]) -> Coverage | None:
    """Return how the newest checkpoint covers these entries of one chain; None if it covers not even the first."""
    newest = await rows.newest_checkpoint()
    if newest is None:
        return None
    checkpoint, note = read_checkpoint(newest["note"])
    leaves = {entry["n"]: leaf_hash(entry["prev_hash"] + entry["text"].encode()) for entry in entries}
    places = await rows.indexes_of(newest["log"], leaves)
    indexes = _covered(entries, places, checkpoint.size)
    if not indexes:
        return None
    read = await read_tiles(
        rows, newest["log"], set().union(*(tiles_of_inclusion(at, checkpoint.size) for at in indexes))
    )
    lines = _lines(await rows.cosignatures(newest["log"], checkpoint.size))
    signature, key = await _signature(rows, note)
    cosigned = add_signatures(newest["note"], lines)
    return Coverage(
        checkpoint, len(indexes), cosigned, note.text, signature.signature, key,
        {seq: _proof(at, checkpoint, cosigned, read) for seq, at in enumerate(indexes, 1)},
        [(line.name, _time_of(line)) for line in lines], await _timestamp(rows, newest["log"], indexes),
    )  # fmt: skip


def _covered(entries: Sequence[Row], places: Mapping[int, int], size: int) -> list[int]:
    """Return the places of the first entries in the log, as long as each is under a checkpoint of this size."""
    indexes = list[int]()
    for entry in entries:
        place = places.get(entry["n"], size)
        if place >= size:
            break
        indexes.append(place)
    return indexes


def _proof(index: int, checkpoint: Checkpoint, note: bytes, read: ReadTile) -> bytes:
    return write_inclusion_file(InclusionFile(index, tuple(inclusion_proof(index, checkpoint.size, read)), note))


def _lines(cosignatures: Mapping[str, str]) -> list[SignatureLine]:
    return parse_signatures("".join(cosignatures.values()).encode()) if cosignatures else []


def _time_of(line: SignatureLine) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(line.signature[:_TIME_BYTES], "big"), UTC)


async def _signature(rows: LogRows, note: Note) -> tuple[SignatureLine, VerifierKey]:
    """Return the log's own signature on its checkpoint, and the key."""
    keys = [parse_key(key) for key in await rows.keys()]
    return next(
        (line, key) for line in note.signatures for key in keys if (line.name, line.key_id) == (key.name, key.key_id)
    )


async def _timestamp(rows: LogRows, log: int, indexes: Sequence[int]) -> Timestamp | None:
    row = await rows.newest_timestamp(log, indexes[0])
    if row is None:
        return None
    checkpoint, note = read_checkpoint(row["note"])
    seq = next((seq for seq, at in enumerate(indexes) if at >= checkpoint.size), len(indexes))
    index = indexes[seq - 1]
    read = await read_tiles(rows, log, tiles_of_inclusion(index, checkpoint.size))
    return Timestamp(row["response"], row["at"], note.text, seq, _proof(index, checkpoint, row["note"], read))

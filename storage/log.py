"""The log in PostgreSQL: the state of each log, its tiles, its signed checkpoints, and which process works on it.

A tile is named by its level and its place in it; its hashes are 32 bytes each. Nothing here computes one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

Row = dict[str, Any]
TileKey = tuple[int, int]  # level and place
HASH_BYTES = 32
_NEAR, _HIGHEST = 4096, 2**63 - 1


class LogState(Frozen):
    """A log. `size`: its leaves, of which the first is that of `beginning`; (`taken_xid`, `taken_n`): its last entry;
    `moved_n`: entries up to this number were taken on another server; `server_now`: where the database is now;
    `halted`: why no checkpoint is signed; `unwitnessed_since`: the time of the first checkpoint that too few witnesses
    have cosigned, if they have not cosigned a later one."""

    log: int
    origin: str
    beginning: bytes
    began_at: datetime
    size: int
    taken_xid: int
    taken_n: int
    moved_n: int
    server: str
    halted: str | None
    server_now: str = ""
    unwitnessed_since: datetime | None = None


class NewEntry(Frozen):
    """An entry that is not in the log yet. Entries enter it in the order of (xid, n)."""

    xid: int
    n: int
    leaf: bytes


class TileRow(Frozen):
    """A tile to write. `min_n`, `max_n`: of the entries that were added to a tile of level 0; else None."""

    level: int
    place: int
    hashes: bytes
    min_n: int | None = None
    max_n: int | None = None


class LogRows:
    """Reads and writes on a pool or one connection."""

    def __init__(self, pool: "Pool | Connection") -> None:
        self._pool = pool

    async def state(self) -> LogState | None:
        """Return the newest log; None if none has begun."""
        row = await self._pool.fetchrow(*QUERIES["log.state"]())
        return LogState(**dict(row)) if row else None

    async def states(self) -> list[LogState]:
        return [LogState(**dict(row)) for row in await self._pool.fetch(*QUERIES["log.states"]())]

    async def begin(self, log: int, origin: str, beginning: bytes, leaf: bytes, now: datetime) -> bool:
        """Begin a log. Return False if another process has begun it."""
        query = QUERIES["log.begin"](log=log, origin=origin, beginning=beginning, leaf=leaf, now=now)
        return await self._pool.fetchval(*query) is not None

    async def new_entries(self, state: LogState, most: int) -> list[NewEntry]:
        """Return the next entries for the log. None that is still to be committed will belong before them."""
        query = QUERIES["log.new_entries"](xid=state.taken_xid, n=state.taken_n, moved_n=state.moved_n, most=most)
        return [NewEntry(**dict(row)) for row in await self._pool.fetch(*query)]

    async def entries_above(self, n: int, most: int) -> list[NewEntry]:
        """Return the next entries in the order of their numbers. One that is still to be committed may belong between
        them."""
        return [NewEntry(**dict(row)) for row in await self._pool.fetch(*QUERIES["log.entries_above"](n=n, most=most))]

    async def settled_entries_above(self, n: int) -> tuple[int, list[NewEntry]] | None:
        """Return the lowest transaction that is still to begin, and all entries with numbers above `n`, as they are at
        one moment. None if a transaction is running, which may add one."""
        assert not isinstance(self._pool, asyncpg.Connection), "a snapshot needs a connection from a pool"
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(*QUERIES["log.transactions"]())
            rows = await connection.fetch(*QUERIES["log.entries_above"](n=n, most=None))
        assert row
        is_settled = row["lowest"] == row["next"]
        return (row["next"], [NewEntry(**dict(entry)) for entry in rows]) if is_settled else None

    async def append(self, old: LogState, new: LogState, tiles: Sequence[TileRow]) -> bool:
        """Let the log go from `old` to `new`. Return False, and write nothing, if it is not at `old` any more."""
        query = QUERIES["log.append"](
            log=old.log, old_size=old.size, size=new.size, xid=new.taken_xid, n=new.taken_n, moved_n=new.moved_n,
            server=new.server, levels=[t.level for t in tiles], places=[t.place for t in tiles],
            hashes=[t.hashes for t in tiles], min_n=[t.min_n for t in tiles], max_n=[t.max_n for t in tiles],
        )  # fmt: skip
        return await self._pool.fetchval(*query) is not None

    async def note_move(self, state: LogState) -> None:
        """Store that the log goes on on another server, without a new entry."""
        query = QUERIES["log.moved"](
            log=state.log, size=state.size, xid=state.taken_xid, n=state.taken_n, moved_n=state.moved_n,
            server=state.server,
        )  # fmt: skip
        await self._pool.execute(*query)

    async def halt(self, log: int, why: str | None) -> None:
        """Store why no checkpoint is signed; None: they are."""
        await self._pool.execute(*QUERIES["log.halt"](log=log, why=why))

    async def tiles(self, log: int, keys: Iterable[TileKey]) -> dict[TileKey, bytes]:
        """Return the tiles of these names, in one query; one that is not there is left out."""
        levels, places = [list(part) for part in zip(*keys, strict=True)] or [[], []]
        rows = await self._pool.fetch(*QUERIES["log.tiles"](log=log, levels=levels, places=places))
        return {(row["level"], row["place"]): row["hashes"] for row in rows}

    async def tiles_after(self, log: int, level: int, place: int, most: int) -> list[Row]:
        query = QUERIES["log.tiles_after"](log=log, level=level, place=place, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def leaves_above(self, log: int, n: int) -> set[bytes]:
        """Return all leaves of the tiles that have entries with numbers above `n`."""
        rows = await self._pool.fetch(*QUERIES["log.tiles_above"](log=log, n=n))
        return {leaf for row in rows for leaf in hashes_of(row["hashes"])}

    async def highest_taken(self, log: int) -> int:
        """Return the highest number of an entry in the log; 0 if there is none."""
        highest: int = await self._pool.fetchval(*QUERIES["log.highest_taken"](log=log))
        return highest

    async def index_of(self, log: int, n: int, leaf: bytes) -> int | None:
        """Return the place of an entry's leaf in the log, from 0; None if it is not in it."""
        for up_to in (n + _NEAR, _HIGHEST):  # an entry whose transaction took long stands among later ones
            for row in await self._pool.fetch(*QUERIES["log.tiles_of_entry"](log=log, n=n, up_to=up_to)):
                leaves = hashes_of(row["hashes"])
                if leaf in leaves:
                    return int(row["place"]) * 256 + leaves.index(leaf)
        return None

    async def indexes_of(self, log: int, entries: Mapping[int, bytes]) -> dict[int, int]:
        """Return the places in the log, from 0, of those entries that are in it. `entries`: leaves by the entries'
        numbers; so is the answer."""
        query = QUERIES["log.tiles_of_entries"](log=log, numbers=list(entries), near=_NEAR)
        places = {
            leaf: int(row["place"]) * 256 + at
            for row in await self._pool.fetch(*query)
            for at, leaf in enumerate(hashes_of(row["hashes"]))
        }
        found = {n: places[leaf] for n, leaf in entries.items() if leaf in places}
        for n in entries.keys() - found.keys():  # its transaction took long, so it stands among later ones
            if (index := await self.index_of(log, n, entries[n])) is not None:
                found[n] = index
        return found

    async def last_checkpoint(self, log: int) -> Row | None:
        row = await self._pool.fetchrow(*QUERIES["log.last_checkpoint"](log=log))
        return dict(row) if row else None

    async def newest_checkpoint(self) -> Row | None:
        """Return the newest checkpoint of the newest log that has one."""
        row = await self._pool.fetchrow(*QUERIES["log.newest_checkpoint"]())
        return dict(row) if row else None

    async def checkpoint_before(self, log: int, before: datetime) -> tuple[int, datetime] | None:
        """Return size and time of the newest checkpoint that was signed before an aware time."""
        row = await self._pool.fetchrow(*QUERIES["log.checkpoint_before"](log=log, before=before))
        return (row["size"], row["at"]) if row else None

    async def checkpoints_after(self, log: int, size: int, most: int) -> list[Row]:
        query = QUERIES["log.checkpoints_after"](log=log, size=size, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def save_checkpoint(self, log: int, size: int, note: bytes, now: datetime) -> bool:
        """Return False if there is a checkpoint of this size."""
        query = QUERIES["log.save_checkpoint"](log=log, size=size, note=note, now=now)
        return await self._pool.fetchval(*query) is not None

    async def save_key(self, key: str, now: datetime) -> None:
        await self._pool.execute(*QUERIES["log.save_key"](key=key, now=now))

    async def keys(self) -> list[str]:
        """Return the public keys that signed for the logs, as lines of a policy file."""
        return [row["key"] for row in await self._pool.fetch(*QUERIES["log.keys"]())]

    async def keys_since(self) -> list[tuple[str, datetime]]:
        """Return what `keys` does, each with the time of its first checkpoint."""
        return [(row["key"], row["first_used_at"]) for row in await self._pool.fetch(*QUERIES["log.keys_since"]())]

    async def save_cosignature(self, log: int, size: int, witness: str, line: str, now: datetime) -> None:
        query = QUERIES["log.save_cosignature"](log=log, size=size, witness=witness, line=line, now=now)
        await self._pool.execute(*query)

    async def cosignatures(self, log: int, size: int) -> dict[str, str]:
        """Return the lines that witnesses have signed on the checkpoint of this size, by their keys."""
        rows = await self._pool.fetch(*QUERIES["log.cosignatures"](log=log, size=size))
        return {row["witness"]: row["line"] for row in rows}

    async def cosignatures_after(self, log: int, size: int, witness: str, most: int) -> list[Row]:
        query = QUERIES["log.cosignatures_after"](log=log, size=size, witness=witness, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def save_timestamp(self, log: int, size: int, authority: str, response: bytes, at: datetime) -> None:
        """Store what a time-stamping authority answered for the checkpoint of this size; `at`: the time in it."""
        query = QUERIES["log.save_timestamp"](log=log, size=size, authority=authority, response=response, at=at)
        await self._pool.execute(*query)

    async def last_timestamp(self, log: int, authority: str) -> Row | None:
        """Return the newest timestamp of an authority, with the time of its checkpoint (`signed_at`)."""
        row = await self._pool.fetchrow(*QUERIES["log.last_timestamp"](log=log, authority=authority))
        return dict(row) if row else None

    async def newest_timestamp(self, log: int, index: int) -> Row | None:
        """Return the newest timestamp whose checkpoint has the leaf `index`, with the checkpoint's note."""
        row = await self._pool.fetchrow(*QUERIES["log.newest_timestamp"](log=log, index=index))
        return dict(row) if row else None

    async def incomplete_anchors(self, log: int, calendar: str, since: datetime) -> list[Row]:
        """Return what a calendar has promised for checkpoints since then, and not completed: `size`, `response` and
        `note`."""
        query = QUERIES["log.incomplete_anchors"](log=log, calendar=calendar, since=since)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def anchors(self, log: int, size: int) -> list[Row]:
        """Return what calendars answered for a checkpoint: `authority` (the address that was asked), `response` and
        `note`."""
        return [dict(row) for row in await self._pool.fetch(*QUERIES["log.anchors"](log=log, size=size))]

    async def anchored_sizes(self, log: int, most: int) -> list[int]:
        """Return the newest sizes for which calendars answered, newest first."""
        return [row["size"] for row in await self._pool.fetch(*QUERIES["log.anchored_sizes"](log=log, most=most))]

    async def timestamps_after(self, log: int, size: int, authority: str, most: int) -> list[Row]:
        query = QUERIES["log.timestamps_after"](log=log, size=size, authority=authority, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]

    async def save_witness(self, log: int, witness: str, size: int, objection: str | None) -> None:
        """Store the size of the latest checkpoint that a witness has, and why it lets none be signed, if so."""
        query = QUERIES["log.save_witness"](log=log, witness=witness, size=size, objection=objection)
        await self._pool.execute(*query)

    async def witnesses(self, log: int) -> dict[str, Row]:
        """Return what each witness has told: `size` and `objection`."""
        return {row["witness"]: dict(row) for row in await self._pool.fetch(*QUERIES["log.witnesses"](log=log))}

    async def save_unwitnessed(self, log: int, since: datetime | None) -> None:
        """Store since when too few witnesses have cosigned; an earlier time stays. None: enough have."""
        await self._pool.execute(*QUERIES["log.save_unwitnessed"](log=log, since=since))

    async def hold_lease(self, holder: UUID, seconds: float) -> float | None:
        """Return None if this process may work on the log for so long; else in how many seconds the lease of the one
        that does ends."""
        ends_in: float | None = await self._pool.fetchval(*QUERIES["log.hold_lease"](holder=holder, seconds=seconds))
        return ends_in

    async def entries_in_order(self, xid: int, n: int, most: int) -> list[Row]:
        """Return the next entries behind (xid, n), each with its leaf, in the order in which the log takes them."""
        query = QUERIES["log.entries_in_order"](xid=xid, n=n, most=most)
        return [dict(row) for row in await self._pool.fetch(*query)]


def hashes_of(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]

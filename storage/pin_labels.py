"""How many PINs still need an older SECRET_KEY."""

from storage.postgres.database import connect
from storage.postgres.queries import QUERIES


async def count_pins(url: str, prefix: str) -> tuple[int, int]:
    """Return how many people have a PIN, and how many of the hashes do not begin with `prefix`."""
    connection = await connect(url)
    try:
        row = await connection.fetchrow(*QUERIES["phones.pins_by_label"](prefix=prefix))
        assert row is not None
        return row["every"], row["older"]
    finally:
        await connection.close()

"""Who uses a database, for commands that must not pull it away from under a service."""

from storage.postgres.database import APPLICATION, connect

_SERVICES = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
"""


async def database_name(url: str) -> str:
    """Return the name of the database that this URL leads to: the URL need not have it."""
    connection = await connect(url)
    try:
        return str(await connection.fetchval("SELECT current_database()"))
    finally:
        await connection.close()


async def services_connected(url: str) -> int:
    """Return how many connections services and workers have to the database now."""
    connection = await connect(url)
    try:
        return int(await connection.fetchval(_SERVICES, APPLICATION))
    finally:
        await connection.close()

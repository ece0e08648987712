"""Grants rights to the database role that the service may run as, which does not own the tables (sql/grants.sql)."""

from importlib.resources import files

from storage.postgres.database import connect

ROLE = "voicepact_app"
GRANTS = (files("sql") / "grants.sql").read_text(encoding="utf-8")

_OWNS = "SELECT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'audit_logs'::regclass), 'USAGE')"
_HAS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"


async def grant(url: str) -> bool:
    """Give the role exactly its rights. False: nothing was done, because there is no such role or
    we do not own the tables."""
    connection = await connect(url)
    try:
        if not (await connection.fetchval(_HAS_ROLE, ROLE) and await connection.fetchval(_OWNS)):
            return False
        async with connection.transaction():
            await connection.execute(GRANTS)
        return True
    finally:
        await connection.close()


async def owns_tables(url: str) -> bool:
    """Return whether we may act as the owner of the tables: could switch off the triggers that keep the record."""
    connection = await connect(url)
    try:
        return bool(await connection.fetchval(_OWNS))
    finally:
        await connection.close()

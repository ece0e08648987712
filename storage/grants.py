"""Grants rights to the database role that the service may run as, which does not own the tables (sql/grants.sql)."""

from importlib.resources import files

from storage.postgres.database import connect

ROLE = "voicepact_app"
GRANTS = (files("sql") / "grants.sql").read_text(encoding="utf-8")

_NEEDED = """
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)
    AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'audit_logs'::regclass), 'USAGE')
"""


async def grant(url: str) -> bool:
    """Give the role exactly its rights. False: nothing was done, because there is no such role or
    we do not own the tables."""
    connection = await connect(url)
    try:
        if not await connection.fetchval(_NEEDED, ROLE):
            return False
        async with connection.transaction():
            await connection.execute(GRANTS)
        return True
    finally:
        await connection.close()

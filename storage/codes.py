"""The short codes of contracts' forms, each stored once."""

from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES


class CodeRows:
    """The table form_codes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def form(self, contract_id: UUID, terms_version: int) -> tuple[bytes, str | None] | None:
        """Return a stored form and its code, None if it has none yet. None: there is no such form."""
        query = QUERIES["codes.form"](contract_id=contract_id, terms_version=terms_version)
        row = await self._pool.fetchrow(*query)
        return (row["form"], row["code"]) if row else None

    async def save(self, contract_id: UUID, terms_version: int, code: str) -> None:
        """Store the code of a stored form, unless it has one."""
        query = QUERIES["codes.save"](contract_id=contract_id, terms_version=terms_version, code=code)
        await self._pool.execute(*query)

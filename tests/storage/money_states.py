"""Contracts with escrow in each state of their money, and SQL that is tried on them and rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.effects import SayDelivered
from storage.postgres.database import Connection
from tests.gateway.operator_client import SELLER, Operator
from tests.gateway.payments.money_story import MoneyStory, live_with_money

# The ids of the contracts, in SQL that `MoneyStates` fills in. Of each KES 3,000 are due.
OFFERED = "'{offered}'"  # confirmed by nobody: no payment
AGREED = "'{agreed}'"  # nothing was paid
PARTLY = "'{partly}'"  # KES 2,000 were paid
LOCKED = "'{locked}'"  # all was paid
ACTIVE = "'{active}'"  # all was paid, and it is under way
OVER = "'{over}'"  # completed, and the seller has the money


@dataclass(frozen=True)
class MoneyStates:
    """`writers`: connections to the same database, as the owner of the tables and as the service's own role."""

    ids: Mapping[str, str]
    writers: Mapping[str, Connection]

    async def attempt(self, writer: str, sql: str, read: str = "SELECT 1") -> object:
        """Try `sql` to the end of its transaction, and return what `read` finds then. All of it is rolled back."""
        connection = self.writers[writer]
        change = connection.transaction()
        await change.start()
        try:
            await connection.execute(sql.format(**self.ids))
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the end of the transaction
            return await connection.fetchval(read.format(**self.ids))
        finally:
            await change.rollback()


async def make_money_states(operator: Operator) -> dict[str, str]:
    """Make the contracts, and money that came for none of them (receipt P4). Return the ids by the names above."""
    story = MoneyStory(operator)
    await story.pay_by_hand("nobody", 9_000, "P4")
    ids = {"over": await live_with_money(story)}
    for name in ("active", "locked"):
        ids[name] = await story.agree()
        await story.settle()
        await story.later()
    await story.act(SELLER, SayDelivered(ids["active"]))
    ids["partly"] = await story.agree()
    await story.settle()
    ids["agreed"] = await story.agree()
    ids["offered"] = await story.offer()
    return ids

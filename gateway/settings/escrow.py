"""Money that waits with the service until goods are received: whether it may, how much, and for which fee."""

from typing import Literal

from pydantic import BaseModel, Field


class EscrowSettings(BaseModel):
    # Whether new contracts may have their money wait with us. Not set: on with an account of mobile money, and
    # outside production. Contracts that have it go on when this is turned off.
    escrow: Literal["off", "on"] | None = None
    escrow_fee_permille: int = Field(10, ge=0, le=200)  # of the total, taken from what the seller gets; 10 is 1%
    escrow_smallest: int = Field(50, ge=1, le=100_000_000)  # total of a contract, in major units of the currency
    escrow_largest: int = Field(1_000_000, ge=1, le=100_000_000)

"""A USSD hop: its time, its session, the size of its screen, and the cost of a PIN."""

from typing import Annotated

from pydantic import BaseModel, Field


class HopSettings(BaseModel):
    hop_budget_ms: int = Field(3000, ge=100, le=10_000)  # a whole hop; the networks cut at 10 to 15 s
    session_ttl_seconds: int = Field(900, ge=180, le=86_400)  # the networks cut a session at 180 s
    screen_septets: int = Field(160, ge=60, le=182)  # of a page of a menu, the provider's prefix included
    screen_units: int = Field(70, ge=40, le=80)  # the same when one letter forces UCS-2
    # The budget of one network, by its code: {"63903": 184}
    network_septets: dict[str, Annotated[int, Field(ge=60, le=200)]] = Field(default_factory=dict)

    pin_memory_kib: int = Field(1024, ge=8, le=1024 * 1024)  # Argon2id; with one pass about 0.7 ms of a core a try
    pin_passes: int = Field(1, ge=1, le=20)
    pin_threads: int = Field(2, ge=1, le=64)  # hashes computed at once, per process

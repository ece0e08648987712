"""The simulator of Daraja with the rail before it."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.payments.daraja.simulated_daraja import SimulatedDaraja, open_daraja


@pytest.fixture
async def sim() -> AsyncIterator[SimulatedDaraja]:
    async with open_daraja() as daraja:
        yield daraja

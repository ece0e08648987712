"""What goes wrong at the provider: mixes of faults, one after another at random; each send draws from the mix."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import aiohttp

from gateway.simulator.control import KEY_HEADER

FaultMix = list[dict[str, Any]]

_REPORTS: FaultMix = [
    {"weight": 40, "mode": "ok", "reports": "usual"},
    {"weight": 15, "mode": "ok", "reports": "early"},
    {"weight": 10, "mode": "ok", "reports": "late"},
    {"weight": 10, "mode": "ok", "reports": "twice"},
    {"weight": 20, "mode": "ok", "reports": "shuffled"},
    {"weight": 5, "mode": "silent_reports"},
    {"weight": 3, "mode": "ok", "final": "Failed", "reports": "shuffled"},
    {"weight": 3, "mode": "ok", "final": "Rejected"},
]
_MIXED: FaultMix = [
    {"weight": 20, "mode": "mixed", "codes": [403, 405, 407, 500, 501], "reports": "shuffled"},
    {"weight": 1, "mode": "mixed", "codes": [406]},
]


def _lost(weight: float, timeout_seconds: float) -> FaultMix:
    """Answers that never come: from a send that was accepted, and from one that was not."""
    return [
        {"weight": weight, "mode": "drop_after_accept", "reports": "early"},
        {"weight": weight, "mode": "drop_after_accept", "reports": "usual"},
        {"weight": weight, "mode": "drop_after_accept", "reports": "shuffled"},
        {"weight": weight, "mode": "drop"},
        {"weight": weight / 2, "mode": "hang", "seconds": timeout_seconds * 3},
        {"weight": weight / 2, "mode": "slow", "seconds": timeout_seconds * 3},
    ]


def fault_mixes(timeout_seconds: float) -> dict[str, FaultMix]:
    """Return the mixes by name. The outage is short and total; in the others most sends go through."""
    slow: FaultMix = [{"weight": 20, "mode": "slow", "seconds": timeout_seconds / 3, "reports": "early"}]
    throttled: FaultMix = [
        {"weight": 15, "mode": "throttle", "retry_after": 1}, {"weight": 15, "mode": "throttle"},
        {"weight": 15, "mode": "error"},
    ]  # fmt: skip
    strange: FaultMix = [{"weight": 2, "mode": "invalid_sender"}, {"weight": 5, "mode": "unauthorized"}]
    return {
        "fair": [*_REPORTS, *_lost(0.5, timeout_seconds)],
        "throttled": [*_REPORTS, *throttled, *_lost(0.5, timeout_seconds)],
        "losing answers": [*_REPORTS, *_lost(5, timeout_seconds)],
        "refusing": [*_REPORTS, *_MIXED, *strange],
        "slow": [*_REPORTS, *slow, *_lost(1, timeout_seconds)],
        "everything": [*_REPORTS, *throttled, *_MIXED, *slow, *strange, *_lost(2, timeout_seconds)],
        "out of order": [{"mode": "error"}, {"mode": "throttle", "retry_after": 1}, {"mode": "drop"}],
    }


async def change_faults(
    control_url: str, control_key: str, timeout_seconds: float, rng: Random, seen: Counter[str]
) -> None:
    """Set another mix every second or so, until cancelled. `seen` counts them by name."""
    mixes = fault_mixes(timeout_seconds)
    async with aiohttp.ClientSession(headers={KEY_HEADER: control_key}) as http:
        while True:
            name = rng.choice(list(mixes))
            async with http.post(f"{control_url}/control/random-faults", json={"faults": mixes[name]}) as answer:
                answer.raise_for_status()
            seen[name] += 1
            await asyncio.sleep(rng.uniform(0.3, 0.8 if name == "out of order" else 2.0))

"""A short siege, as `make siege` makes a long one."""

import subprocess
import sys
from pathlib import Path

import orjson

from bench.siege.rows import SHORT

ROOT = Path(__file__).parent.parent.parent


def test_people_act_while_the_service_is_under_siege(tmp_path: Path) -> None:
    """Nothing is lost, doubled or halved, and no attacker gets an answer with a status from 500 on. How long hops took
    is in the table; on a busy machine it decides nothing here."""
    told = tmp_path / "siege.json"
    over = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.siege", "--short", "--json", str(told)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert told.exists(), over.stdout
    rows = {row["row"]: row for row in orjson.loads(told.read_bytes())}
    assert rows.keys() == set(SHORT)
    for row in rows.values():
        compared, answers = row["compared"], row["damage"]["answers"]
        assert (compared["lost"], compared["doubled"], compared["halved"]) == ([], [], []), over.stdout
        assert row["ledger"]["differing"] == row["ledger"]["astray"] == [], over.stdout
        assert not [status for status in answers if status.startswith("5")], over.stdout
        assert compared["acts"] > 0, over.stdout
    assert rows["kills"]["starts"] == 3
    assert all(row["damage"]["sent"] for name, row in rows.items() if name != "kills"), "there was an attack"

"""The examples of docs/rest-api.md, pasted one after the other into a shell, against a service that runs: each is
answered with what the page says.

`curl` and `voicepact` on the shell's PATH are the real ones; the first also writes down each status.
"""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT, open_serving

PAGE = ROOT / "docs" / "rest-api.md"
KEY = "a-key-of-the-examples-of-the-docs"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")


async def test_the_examples_work_in_the_order_of_the_page(tmp_path: Path) -> None:
    env = {
        "ENVIRONMENT": "testing", "API_KEY": KEY, "PIN_MEMORY_KIB": "64", "PIN_PASSES": "1", "LOG_LEVEL": "INFO",
    }  # fmt: skip
    async with open_serving(tmp_path / "data", **env) as serving:
        begin, *blocks = BLOCKS
        assert begin.startswith("URL="), "the first block says where the service is"
        paste = "\n".join([f"URL={serving.url}", f"KEY={KEY}", *blocks])
        statuses = await run(paste, tmp_path)
    curls = sum(block.count("curl ") for block in BLOCKS)
    assert len(statuses) == curls > 25
    assert [line for line in statuses if not re.match(r"20[01] |304 ", line)] == []
    assert sum(line.startswith("201 ") for line in statuses) == 8
    assert sum(line.startswith("304 ") for line in statuses) == 1


async def run(paste: str, folder: Path) -> list[str]:
    """Run what is pasted in a folder of its own; return a line for each request: the status, and the address."""
    tools, place, log = folder / "tools", folder / "shell", folder / "statuses"
    for made in (tools, place):
        made.mkdir()
    (place / "bags.jpg").write_bytes(b"a picture of wet bags")
    script(tools / "curl", f'exec {shutil.which("curl")} -w "%{{stderr}}%{{http_code}} %{{url}}\\n" "$@" 2>>{log}')
    script(tools / "voicepact", f'exec {sys.executable} -m gateway "$@" --data-dir {folder / "data"}')
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    shell = await asyncio.create_subprocess_exec(
        "bash", "-e", "-u", "-o", "pipefail", "-c", paste, cwd=place,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder), "ENVIRONMENT": "testing"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(300):
        told, _ = await shell.communicate()
    assert shell.returncode == 0, told.decode(errors="replace")[-3000:] + log.read_text()
    return log.read_text().splitlines()


def script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)

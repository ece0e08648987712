"""An evidence pack, fetched and checked as a stranger checks it."""

import io
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.gateway.operator_client import Operator


async def fetch_pack(operator: Operator, reference: str) -> bytes:
    answer = await operator.get(f"/v1/contracts/{reference}/evidence")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert f"voicepact-{reference}.zip" in answer.headers["Content-Disposition"]
    return answer.body


def unpack(pack: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        files.extractall(folder)
    (inside,) = folder.iterdir()
    return inside


def verify_offline(pack: bytes) -> list[str]:
    """Return the lines that the commands of the pack's README print."""
    with TemporaryDirectory() as empty:
        folder = unpack(pack, Path(empty))
        return run_commands(commands_in(folder / "README.txt"), folder).splitlines()


def commands_in(readme: Path) -> str:
    """Return the commands that the README tells a reader to type: its indented lines."""
    lines = readme.read_text().partition("HOW TO CHECK IT")[2].splitlines()
    return "\n".join(line for line in lines if line.startswith("    ")) + "\n"


def run_commands(commands: str, folder: Path) -> str:
    """Return what a shell prints for them in `folder`, with only openssl, sha256sum and the usual tools."""
    done = subprocess.run(  # noqa: S603 - our own README
        ["/bin/sh", "-c", commands],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")

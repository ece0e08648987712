"""An evidence pack, fetched and checked as a stranger checks it."""

import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.signing import Signer
from tests.gateway.operator_client import Operator

# All that the README may call: what coreutils have, openssl, and a shell.
TOOLS = (
    "basenc", "base64", "cat", "cut", "date", "du", "fold", "head", "mktemp", "od", "rm", "sha256sum", "tail", "tr",
    "openssl", "sh",
)  # fmt: skip
_SAID_OF_WHOLE = (
    "COMPARE: ", "WHOLE: ", "       if the letters under COMPARE are ours", "VOID: "
)  # fmt: skip


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
    """Return the faults that the commands of the pack's README find."""
    with TemporaryDirectory() as empty:
        return faults_in(unpack(pack, Path(empty)))


def faults_in(folder: Path, steps: str | None = None) -> list[str]:
    """Return every line of the commands that does not belong to a whole pack; none if they call it whole. `steps`:
    other commands than those of its README."""
    said = check_by_hand(folder, steps)
    verdict = [] if any(line.startswith("WHOLE: ") for line in said) else ["no verdict that it is whole"]
    return [line for line in said if not line.startswith(_SAID_OF_WHOLE)] + verdict


def check_by_hand(folder: Path, steps: str | None = None) -> list[str]:
    """Return the lines that the commands print where there is nothing but a shell, openssl and coreutils."""
    with TemporaryDirectory() as tools:
        for name in TOOLS:
            found = shutil.which(name)
            assert found, f"this machine has no {name}"
            Path(tools, name).symlink_to(found)
        return run_commands(steps or commands_in(folder / "README.txt"), folder, tools).splitlines()


def commands_in(readme: Path) -> str:
    """Return the commands that the README tells a reader to type: its indented lines."""
    lines = readme.read_text().partition("HOW TO CHECK IT")[2].splitlines()
    return "\n".join(line for line in lines if line.startswith("    ")) + "\n"


def run_commands(commands: str, folder: Path, path: str = "/usr/bin:/bin") -> str:
    """Return what a shell prints for them in `folder`. `path`: where it finds its tools."""
    done = subprocess.run(  # noqa: S603 - our own README
        ["/bin/sh", "-c", commands],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        env={"PATH": path},
    )
    return done.stdout.decode(errors="replace")


def list_again(folder: Path, signer: Signer) -> None:
    """Write SHA256SUMS anew for what is in the folder now, and sign it."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    listed = [name for name in names if not name.startswith("SHA256SUMS")]
    sums = "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in listed).encode()
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sig").write_bytes(signer.sign(sums))

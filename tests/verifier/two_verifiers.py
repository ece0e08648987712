"""Both verifiers, each asked in its own way: verify.py as a module, and as a program; verify.html in a browser."""

import base64
import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from gateway.evidence.evidence_files import SUMS, SUMS_SIGNATURE
from gateway.evidence.zip_file import zip_files
from storage.signing import Signer
from tests.browser import Page
from tests.service import SIGNATURE_KEY

FOLDER = Path(__file__).parents[2] / "verifier"
PROGRAM, HTML = FOLDER / "verify.py", FOLDER / "verify.html"
OURS = Signer.from_text(SIGNATURE_KEY)

Report = Mapping[str, Any]


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_program", PROGRAM)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


verify = _module()


def zipped(files: Mapping[str, bytes]) -> bytes:
    return zip_files(files, "voicepact-40718353")


def listed_anew(files: Mapping[str, bytes], signer: Signer = OURS) -> dict[str, bytes]:
    """Return the files with another list of them, signed anew: what who has a key can do."""
    others = {name: content for name, content in files.items() if name not in (SUMS, SUMS_SIGNATURE)}
    lines = [f"{verify.sha256(others[name])}  {name}\n" for name in sorted(others)]
    sums = "".join(lines).encode()
    return {**others, SUMS: sums, SUMS_SIGNATURE: signer.sign(sums)}


def by_python(pack: bytes, keys: Sequence[str] = (), policy: bytes | None = None) -> Report:
    """Return the report of verify.py on a zip, without the letters."""
    report = verify.check(lambda: verify._inside_folder(verify.read_zip(pack)), keys, policy, with_code=False)
    return dict(json.loads(verify.as_json(report)))


async def by_page(page: Page, pack: bytes, keys: Sequence[str] = (), policy: bytes | None = None) -> Report:
    """Return the report of verify.html on a zip, without the letters."""
    given = [_script(pack), json.dumps(list(keys)), "null" if policy is None else _script(policy)]
    return dict(await page.run(f"check({', '.join(given)}).then((found) => found.report)"))


def by_program(*arguments: object, lang: str = "en") -> tuple[int, list[str]]:
    """Return the exit code and the lines of verify.py, run alone: no PATH, no environment, no package."""
    command = [sys.executable, "-I", "-S", str(PROGRAM), *map(str, arguments), "--lang", lang]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env={"PATH": ""}, cwd="/")  # noqa: S603
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.decode().splitlines()


def first_fault(report: Report) -> tuple[str, str]:
    """Return the file and the reason that a report names first."""
    problem = report["problems"][0]
    return problem["file"], problem["why"]


def _script(raw: bytes) -> str:
    return f'raw(atob("{base64.b64encode(raw).decode()}"))'

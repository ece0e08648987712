"""The programs that check a pack are served as they are, and published by their SHA-256."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from gateway.limits.table import PUBLIC_FILES
from tests.gateway.operator_client import Operator

ROOT = Path(__file__).parents[3]
NAMES = {"verify.py": "text/plain; charset=utf-8", "verify.html": "text/html; charset=utf-8"}


def sha256_of(name: str) -> str:
    return hashlib.sha256((ROOT / "verifier" / name).read_bytes()).hexdigest()


async def test_anybody_can_fetch_them_and_keep_them(operator: Operator) -> None:
    for name, media_type in NAMES.items():
        answer = await operator.ask("GET", f"/verifier/{name}", headers={"Authorization": ""})
        assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
        assert answer.body == (ROOT / "verifier" / name).read_bytes()
        assert answer.headers["ETag"] == f'"{sha256_of(name)}"' and "max-age" in answer.headers["Cache-Control"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        again = await operator.ask("GET", f"/verifier/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        other = await operator.ask("GET", f"/verifier/{name}", headers={"If-None-Match": '"another"'})
        assert other.status == 200
    for name in ("other.py", "__init__.py", "..%2fpyproject.toml", "%00"):
        assert (await operator.ask("GET", f"/verifier/{name}")).status == 404, name


async def test_one_address_may_not_fetch_without_end(operator: Operator) -> None:
    answers = [(await operator.ask("GET", "/verifier/other")).status for _ in range(PUBLIC_FILES.most + 1)]
    assert answers == [404] * PUBLIC_FILES.most + [429]


async def test_the_page_verify_names_them_with_their_hashes(operator: Operator) -> None:
    for path in ("/verify", "/verifier/", "/verifier"):  # the README of a pack names the folder
        page = (await operator.ask("GET", path, headers={"Accept": "text/html"})).body.decode()
        for name in NAMES:
            assert f'<a href="/verifier/{name}" download>' in page and sha256_of(name) in page


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_names_their_hashes(name: str) -> None:
    """Whoever changes a program writes its new SHA-256 into docs/evidence.md; `sha256sum verifier/*` prints it."""
    assert f"{sha256_of(name)}  {name}" in (ROOT / "docs" / "evidence.md").read_text()


def test_they_are_shipped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "verifier" in settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert "COPY verifier verifier" in (ROOT / "Dockerfile").read_text()

"""A document that says which test shows something names one that there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`((?:[a-z0-9_]+/)*test_[a-z0-9_]+\.py)(?:::(test_\w+))?`")


def test_every_test_that_a_document_names_is_there() -> None:
    found = 0
    for document in (ROOT / "docs").rglob("*.md"):
        for file, name in NAMED.findall(document.read_text()):
            places = [place for place in (ROOT / "tests").rglob("test_*.py") if str(place).endswith(f"/{file}")]
            assert places, f"{document.name} names {file}"
            assert not name or any(f"def {name}(" in place.read_text() for place in places), f"{document.name}: {name}"
            found += bool(name)
    assert found >= 8

"""Zips that are made to confuse: each is named, and none takes much memory, or writes anywhere."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.browser import Page, needs_browser
from tests.verifier.two_verifiers import by_page, by_python, first_fault

Named = tuple[str | zipfile.ZipInfo, bytes]


def made(*entries: Named, method: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as pack:
        for name, content in entries:
            pack.writestr(name, content)
    return packed.getvalue()


def _named(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, mode << 16
    return entry


def _renamed(raw: bytes, old: bytes, *new: bytes) -> bytes:
    """Write other names over `old`, which stands once in the file's own head and once in the list at the end."""
    first, second = (new * 2)[:2]
    return raw.replace(old, first, 1)[: raw.find(old) + len(old)] + raw[raw.find(old) + len(old) :].replace(
        old, second, 1
    )


def _bomb() -> bytes:
    """It says that it is small, and unpacks to 200 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    return _raw(b"x/SHA256SUMS", packed, 10, 8)


def _raw(name: bytes, packed: bytes, size: int, method: int = 0, flags: int = 0) -> bytes:
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0, 0, len(packed), size, len(name), 0)
    listed = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, flags, method, 0, 0, 0, len(packed), size, len(name), 0, 0, 0, 0, 0, 0
    )
    content = head + name + packed
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listed) + len(name), len(content), 0)
    return content + listed + name + end


def _many() -> bytes:
    return made(*((f"x/{number}", b"") for number in range(5_001)))


def _overlapping() -> bytes:
    """Two names for one place: the second entry of the list points at the first file's content."""
    raw = made(("x/aaaa", b"content"), ("x/bbbb", b"content"))
    second = raw.rfind(b"PK\x01\x02")
    return raw[: second + 42] + struct.pack("<L", 0) + raw[second + 46 :].replace(b"x/bbbb", b"x/aaab", 1)


HOSTILE: Sequence[tuple[str, Callable[[], bytes], str, str, str]] = [
    ("out of the folder", lambda: made(("../evil", b"x")), "broken", "../evil", "name_unsafe"),
    ("out of the folder, inside", lambda: made(("x/../../evil", b"x")), "broken", "x/../../evil", "name_unsafe"),
    ("from the root", lambda: made(("/etc/passwd", b"x")), "broken", "/etc/passwd", "name_unsafe"),
    ("by a backslash", lambda: _renamed(made(("x/.._evil", b"x")), b"x/.._evil", b"x/..\\evil"), "broken", "x/..\\evil",
     "name_unsafe"),
    ("by a drive", lambda: made(("C:evil", b"x")), "broken", "C:evil", "name_unsafe"),
    ("no name", lambda: made(("x//y", b"x")), "broken", "x//y", "name_unsafe"),
    ("no UTF-8", lambda: _renamed(made(("x/yz", b"x")), b"x/yz", b"x/\xff\xfe"), "broken", "x/\xff\xfe", "name_unsafe"),
    ("a letter that looks like another", lambda: made(("x/pаck.json", b"x")), "broken", "x/p\xd0\xb0ck.json",
     "name_unsafe"),
    ("a name twice", lambda: _renamed(made(("x/one", b"1"), ("x/two", b"2")), b"x/two", b"x/one"), "broken", "x/one",
     "name_doubled"),
    ("a name twice but for capitals", lambda: made(("x/one", b"1"), ("x/ONE", b"2")), "broken", "x/ONE",
     "name_doubled"),
    ("a file that is a folder, too", lambda: made(("x/one", b"1"), ("x/one/", b"")), "broken", "x/one", "name_doubled"),
    ("two names for one file", lambda: _renamed(made(("x/one", b"1")), b"x/one", b"x/one", b"x/two"), "broken", "x/two",
     "zip_names"),
    ("a link", lambda: made((_named("x/link", 0o120777), b"/etc/passwd")), "broken", "x/link", "no_plain_file"),
    ("a device", lambda: made((_named("x/tty", 0o020666), b"")), "broken", "x/tty", "no_plain_file"),
    ("a bomb", _bomb, "broken", "x/SHA256SUMS", "zip_packed"),
    ("a bomb that says so", lambda: _raw(b"x/big", b"", 400_000_001, 8), "broken", "x/big", "too_large"),
    ("many files", _many, "broken", "zip", "too_many"),
    ("two files in one place", _overlapping, "broken", "x/aaab", "zip_names"),
    ("locked", lambda: _raw(b"x/y", b"x", 1, flags=1), "broken", "x/y", "zip_packed"),
    ("a way to pack that no pack has", lambda: made(("x/y", b"x" * 99), method=zipfile.ZIP_BZIP2), "broken", "x/y",
     "zip_packed"),
    ("another content", lambda: made(("x/SHA256SUMS", b"content")).replace(b"content", b"another"), "broken",
     "x/SHA256SUMS", "zip_packed"),
    ("something before it", lambda: b"#!/bin/sh\n" + made(("x/y", b"x")), "no_pack", "", "zip_form"),
    ("something behind it", lambda: made(("x/y", b"x")) + b"more", "no_pack", "", "zip_form"),
    ("a part of one", lambda: made(("x/y", b"x"))[:-9], "no_pack", "", "no_zip"),
    ("nothing", lambda: b"", "no_pack", "", "no_zip"),
    ("a text", lambda: b"PK\x05\x06", "no_pack", "", "no_zip"),
    ("none of ours", lambda: made(("x/y", b"x")), "no_pack", "", "no_list"),
    ("two folders", lambda: made(("x/SHA256SUMS", b"x"), ("y/z", b"x")), "broken", "y/z", "stranger"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "verdict", "file", "why"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_hostile_zip_is_named(make: Callable[[], bytes], verdict: str, file: str, why: str) -> None:
    packed = make()
    tracemalloc.start()
    report = by_python(packed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report["verdict"], *first_fault(report)) == (verdict, file, why)
    assert most < 20_000_000


@needs_browser
async def test_the_page_names_the_same(page: Page) -> None:
    found: list[Any] = []
    for name, make, *_ in HOSTILE:
        packed = make()
        one, other = by_python(packed), await by_page(page, packed)
        if one != other:
            found.append((name, one["problems"], other["problems"]))
    assert found == []

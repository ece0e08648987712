"""A zip that has the same bytes for the same files."""

import io
import zipfile
from collections.abc import Mapping

_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the time of packing is no evidence
_PLAIN_FILE = 0o100644 << 16


def zip_files(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return a zip with `files` below `folder`. It is not compressed: another zlib would give other bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _NO_TIME)
            entry.external_attr = _PLAIN_FILE
            entry.create_system = 3
            pack.writestr(entry, files[name])
    return packed.getvalue()

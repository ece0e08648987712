"""The evidence pack: everything about one contract that a stranger needs to check it, offline."""

from gateway.evidence.files import files_of
from gateway.evidence.gather import Case, gather
from gateway.evidence.pack import zipped

__all__ = ["Case", "files_of", "gather", "zipped"]

"""The evidence pack: a zip with everything that a stranger needs to check one contract offline."""

from gateway.evidence.evidence_files import make_files
from gateway.evidence.evidence_record import EvidenceRecord, read_record
from gateway.evidence.zip_file import zip_files

__all__ = ["EvidenceRecord", "make_files", "read_record", "zip_files"]

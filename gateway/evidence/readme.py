"""README.txt of an evidence pack: what is in it, and how to check it with only openssl and coreutils.

The reader types the indented lines in the folder of the pack. A test types them too. The text is in readme*.txt, with
names like @key@ for what differs from pack to pack.
"""

from collections.abc import Mapping
from datetime import UTC
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from contracts.proof.short_code import grouped
from gateway.evidence.as_of import as_of
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.pack_options import PackOptions


def readme(record: EvidenceRecord, options: PackOptions) -> str:
    """Return the text; its commands have the names of this pack's files and keys."""
    contract, coverage = record.contract, record.coverage
    lines = _template("readme")
    if coverage is None:
        lines = "".join(line for line in lines.splitlines(keepends=True) if "@log_key@" not in line)
    steps = len(record.entries)
    names = {
        "log_steps": _template("readme_log" if coverage else "readme_no_log"),
        "code_steps": _template("readme_code") if contract.code else "",
        "reference": contract.reference, "id": str(contract.id), "terms": f"{contract.terms_version:03}",
        "key": options.key_id, "ask": options.ask_url, "programs": _programs(options.ask_url), "steps": str(steps),
        "as_of": f"{as_of(record).astimezone(UTC):%Y-%m-%d %H:%M} UTC (step {steps})",
        "letters": grouped(contract.code or ""), "code": contract.code or "", "cost": str(options.code_cost),
    }  # fmt: skip
    if coverage:
        stamped = coverage.timestamp.seq if coverage.timestamp else 0
        names |= {"log_key": coverage.key_id, "covered": str(coverage.covered), "stamped": f"{stamped:04}"}
    return _filled(lines, names)


def _programs(ask_url: str) -> str:
    """Return where the service has the programs that check a pack."""
    split = urlsplit(ask_url)
    return f"{split.scheme}://{split.netloc}/verifier/"


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"@{name}@", value)
    return text


@cache
def _template(name: str) -> str:
    return (files("gateway") / "evidence" / f"{name}.txt").read_text(encoding="utf-8")

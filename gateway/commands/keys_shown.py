"""What `voicepact keys show` says of each key."""

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from contracts.proof.log.keys import parse_key
from gateway.evidence.key_record import KeyRecord, read_key_record
from gateway.settings import Settings
from storage.evidence import EvidenceRows
from storage.signing import SignerAwayError, key_id_of, letters_of
from values.frozen import Frozen

OLD_AFTER = timedelta(days=90)


class ShownKey(Frozen):
    """A key of the record. `what`: "words" or "log"; `since`: its first use; `notes`: whether it counts, and why;
    `signs`: the settings name it; `line`: what names it in SIGNATURE_PUBLIC_KEYS, or the log's key in a policy file."""

    what: str
    key_id: str
    since: datetime
    notes: tuple[str, ...]
    signs: bool = False
    line: str = ""


async def read_shown(rows: EvidenceRows, settings: Settings) -> tuple[list[ShownKey], str | None]:
    """Return all keys for words and then those of the log, each oldest first; and why SIGNATURE_PRIVATE_KEY is not
    known, if its token is away."""
    log_keys = [(parse_key(line), since) for line, since in await rows.log.keys_since()]
    record = await read_key_record(rows, [key for key, _ in log_keys])
    pinned = {key_id_of(key): "named in SIGNATURE_PUBLIC_KEYS" for key in settings.older_public_keys}
    named = {key_id_of(key): key for key in settings.older_public_keys}
    own, why_away = _own_key(settings)
    if own:
        named[key_id_of(own)] = own
    believed = record.believed(named)
    shown = []
    for key_id, (public_key, since) in (await rows.keys_since()).items():
        signs = own is not None and key_id == key_id_of(own)
        notes = ["signs now"] if signs else [pinned[key_id]] if key_id in pinned else []
        notes += [*_handovers(record, key_id), *_revocations(record, key_id)]
        if key_id not in believed:
            notes.append("NOT believed: neither pinned nor handed over to" if named else "no key is pinned")
        line = f"public {base64.b64encode(public_key).decode()}"
        shown.append(ShownKey("words", key_id, since, tuple(notes), signs, line))
    shown += [ShownKey("log", key_id_of(key.public_key), since, (), line=f"log {key.line}") for key, since in log_keys]
    return shown, why_away


def lines_of(shown: Sequence[ShownKey], now: datetime) -> Iterator[str]:
    """Give the lines to print; a warning last."""
    for key in shown:
        told = f"  {', '.join(key.notes)}" if key.notes else ""
        yield f"{key.what:<5}  {letters_of(key.key_id)}  since {key.since:%Y-%m-%d}{told}"
        yield f"       {key.line}"
    for key in shown:
        if key.signs and now - key.since > OLD_AFTER:
            days, change = (now - key.since).days, "change it with `voicepact keys rotate`"
            yield f"the key for words is {days} days old, and should be {OLD_AFTER.days} at most: {change}"


def _own_key(settings: Settings) -> tuple[bytes | None, str | None]:
    """Return the public key of SIGNATURE_PRIVATE_KEY, or why it is not known."""
    if not settings.signature_private_key.get_secret_value():
        return None, None
    try:
        return settings.signer_of(settings.signature_private_key).public_key, None
    except (SignerAwayError, ValueError) as fault:
        return None, str(fault)


def _handovers(record: KeyRecord, key_id: str) -> Iterator[str]:
    for handover in record.handovers:
        if key_id in (ids := handover.key_ids):
            old, new = ids
            told = f"handed over to {letters_of(new)}" if key_id == old else f"follows {letters_of(old)}"
            yield told + (" (void: signed after it was revoked)" if old in handover.void else "")


def _revocations(record: KeyRecord, key_id: str) -> Iterator[str]:
    for revocation in record.revoked.get(key_id, ()):
        yield f"REVOKED since size {revocation.size} of {revocation.origin}: {revocation.because}"

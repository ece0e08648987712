"""`voicepact keys`: make the keys that sign, show them, change them, and take one back."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from cyclopts import App
from pydantic import SecretStr

from contracts.proof.handover import HANDED_OVER, handover_details
from contracts.proof.log.keys import ED25519, BadKey, VerifierKey, check_key_name, parse_key, verifier_key
from contracts.proof.revocation import REVOKED, revocation_details
from gateway.commands.existing import with_connection
from gateway.commands.keys_shown import lines_of, read_shown
from gateway.commands.operator import Operator, acting_operator, sign_in
from gateway.commands.startup import DATA_DIR, StartError, read_settings
from gateway.commands.terminal import echo
from gateway.evidence.key_record import read_revocations
from gateway.operators.scope import Scope
from gateway.settings import Settings
from storage.evidence import EvidenceRows
from storage.key_source import make_key, path_of
from storage.postgres import database
from storage.signing import SignerAwayError, SignerPort, key_id_in, letters_of

T = TypeVar("T")
_REASON_LETTERS = (10, 300)
_SETTING = {"words": "SIGNATURE_PRIVATE_KEY", "log": "LOG_PRIVATE_KEY"}

keys = App(name="keys", help="The keys that sign: one for what people say, one for the log.")


@keys.command
def create(what: Literal["words", "log"], *, to: str, origin: str | None = None) -> None:
    """Make a key in a new file that only this account can read, or on a token. Print its public half.

    Parameters
    ----------
    what: the key for what people say, or the key of the log.
    to: file:/a/path, or pkcs11:token=NAME;object=NAME (with PKCS11_MODULE and PKCS11_PIN).
    origin: the name of the log that the key is for; by default LOG_ORIGIN, or the host of WEBHOOK_BASE_URL and /log.
    """
    settings = read_settings()
    if what == "log" and origin is None and (settings.log_origin or settings.webhook_base_url):
        origin = settings.log_name
    try:
        if what == "log" and origin:
            check_key_name(origin)
        made = make_key(to, settings.token_access, settings.pkcs11_pin.get_secret_value())
        line = verifier_key(origin, ED25519, made.public_key).line if what == "log" and origin else None
    except (BadKey, ValueError, SignerAwayError) as fault:
        raise StartError(f"{'--origin' if isinstance(fault, BadKey) else '--to'}: {fault}") from None
    echo(f"letters   {letters_of(made.key_id)}")
    echo(f"public    {base64.b64encode(made.public_key).decode()}")
    if line:
        echo(f"policy    log {line}")
    echo(f"set       {_SETTING[what]}={_as_set(to)}")


@keys.command
def show(*, data_dir: Path = DATA_DIR) -> None:
    """List every key that ever signed: its letters, since when, and whether it counts. Warn of a key for words that is
    older than 90 days.

    Parameters
    ----------
    data_dir: the data folder of the service.
    """

    shown, why_away = _with_rows(data_dir, read_shown)
    for line in lines_of(shown, datetime.now(UTC)):
        echo(line)
    if why_away:
        echo(f"SIGNATURE_PRIVATE_KEY: {why_away}")


@keys.command
def rotate(*, to: str | None = None, data_dir: Path = DATA_DIR) -> None:
    """Hand over from one key for words to the next: an entry that both sign. Asked again, nothing more is written.

    Without --to the key before is SIGNATURE_PRIVATE_KEY_OLD, and the next one SIGNATURE_PRIVATE_KEY.

    Parameters
    ----------
    to: the next key, file:/a/path or pkcs11:token=NAME;object=NAME; the one before is SIGNATURE_PRIVATE_KEY.
    data_dir: the data folder of the service.
    """

    async def hand_over(rows: EvidenceRows, settings: Settings) -> tuple[SignerPort, SignerPort]:
        if to is not None and not to.startswith(("file:", "pkcs11:")):
            raise StartError("--to: should be file:/a/path, or pkcs11:token=…;object=…: a key itself would be seen")
        log_keys = await _log_keys(rows)
        revoked = await read_revocations(rows, log_keys)
        own = settings.signature_private_key
        old = await _signer(settings, "SIGNATURE_PRIVATE_KEY" if to else "SIGNATURE_PRIVATE_KEY_OLD",
                            own if to else settings.signature_private_key_old)  # fmt: skip
        new = await _signer(settings, "--to" if to else "SIGNATURE_PRIVATE_KEY", SecretStr(to) if to else own)
        if old.key_id == new.key_id:
            raise StartError("--to: this is the key before; make another with `voicepact keys create words`")
        if new.public_key in [key.public_key for key in log_keys]:
            given = "--to" if to else "SIGNATURE_PRIVATE_KEY"
            raise StartError(f"{given}: this is a key of the log; make one with `voicepact keys create words`")
        for signer in (old, new):
            if signer.key_id in revoked:
                raise StartError(f"{letters_of(signer.key_id)} is revoked, and hands over to nobody: see docs/keys.md")
        now = datetime.now(UTC)
        for signer in (old, new):
            await rows.save_key(signer.key_id, signer.public_key, now)
        details = await asyncio.to_thread(handover_details, old, new, now)
        await rows.hand_over(HANDED_OVER, details, now)
        return old, new

    old, new = _with_rows(data_dir, hand_over)
    echo(f"handed    from {letters_of(old.key_id)} to {letters_of(new.key_id)}")
    echo(f"public    {base64.b64encode(new.public_key).decode()}")
    if to:
        echo(f"set       SIGNATURE_PRIVATE_KEY={_as_set(to)}")
        echo("then start the service anew")


@keys.command
def revoke(
    key: str, *, because: str, since_size: int | None = None, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:
    """Take a key for words back. What it signed counts only if it entered the log before the log had --since-size
    leaves. The log's key (LOG_PRIVATE_KEY) signs that. First let the service sign with another key.

    Parameters
    ----------
    key: its 16 letters, in quotes if with blanks: "3f2a 9c01 7bd2 f0a4".
    because: the reason, in a sentence; it stays for good.
    since_size: the size of the last checkpoint from before the key may have been stolen; by default the newest one.
    data_dir: the data folder of the service.
    """
    if not _REASON_LETTERS[0] <= len(because.strip()) <= _REASON_LETTERS[1]:
        raise StartError(f"--because: should say in {_REASON_LETTERS[0]} to {_REASON_LETTERS[1]} letters why")
    try:
        key_id = key_id_in(key)
    except ValueError as wrong:
        raise StartError(f"key: {wrong}") from None
    acting_operator(operator)  # a wrong name is told before anything is opened

    async def take_back(connection: database.Connection, settings: Settings) -> tuple[int, str, bool]:
        rows = EvidenceRows(connection)
        who = (await sign_in(operator, connection, settings, Scope.ADMIN)).audit_name
        origin, signed = await _signed_size(rows)
        public_key = (await rows.keys()).get(key_id)
        if public_key is None:
            raise StartError(f"key: no {letters_of(key_id)} ever signed words here: see `voicepact keys show`")
        size = signed if since_size is None else since_size
        if not 1 <= size <= signed:
            raise StartError(f"--since-size: should be from 1 to {signed}, the size of the newest checkpoint")
        log_keys = await _log_keys(rows)
        log_signer = await _signer(settings, "LOG_PRIVATE_KEY", settings.log_private_key)
        if not any((each.name, each.public_key) == (origin, log_signer.public_key) for each in log_keys):
            raise StartError(f"LOG_PRIVATE_KEY: is not the key that signs {origin}: nobody would believe it")
        known = (await read_revocations(rows, log_keys)).get(key_id, [])
        smallest = min((each.size for each in known if each.origin == origin), default=None)
        if smallest is not None and smallest <= size:
            return smallest, origin, False
        now, reason = datetime.now(UTC), because.strip()
        details = await asyncio.to_thread(
            revocation_details, public_key, origin, size, reason, who, now, log_signer
        )  # fmt: skip
        await rows.add_service_action(REVOKED, details, now)
        return size, origin, True

    size, origin, is_new = with_connection(data_dir, take_back)
    echo(f"{'revoked' if is_new else 'is revoked already,'}   {letters_of(key_id)} since size {size} of {origin}")
    echo("`voicepact audit verify` names what does not count any more")


def _as_set(to: str) -> str:
    """Return the name of a key as a setting has it: the service may run in another folder."""
    return f"file:{path_of(to).absolute()}" if to.startswith("file:") else to


async def _signed_size(rows: EvidenceRows) -> tuple[str, int]:
    """Return the name of the log, and the size of its newest checkpoint."""
    state, newest = await rows.log.state(), await rows.log.newest_checkpoint()
    if state is None or newest is None or newest["log"] != state.log:
        raise StartError("the log has no checkpoint yet: a running service signs one")
    return state.origin, newest["size"]


async def _log_keys(rows: EvidenceRows) -> list[VerifierKey]:
    return [parse_key(key) for key in await rows.log.keys()]


async def _signer(settings: Settings, name: str, key: SecretStr) -> SignerPort:
    if not key.get_secret_value():
        raise StartError(f"{name}: is not set")
    try:
        return await asyncio.to_thread(settings.signer_of, key)
    except (SignerAwayError, ValueError) as fault:
        raise StartError(f"{name}: {fault}") from None


def _with_rows(data_dir: Path, work: Callable[[EvidenceRows, Settings], Awaitable[T]]) -> T:
    return with_connection(data_dir, lambda connection, settings: work(EvidenceRows(connection), settings))

"""Whether `voicepact serve` may sign, asked before it makes processes: each would fail alone, again and again."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from contracts.proof.log.keys import parse_key
from gateway.background.key_watch import why_revoked
from gateway.commands.startup import StartError
from gateway.evidence.key_record import read_revocations
from gateway.settings import Settings
from storage.evidence import EvidenceRows
from storage.key_source import is_on_token
from storage.postgres import database
from storage.postgres.database import asyncpg_url
from storage.signing import SignerAwayError

_KEYS = ("signature_private_key", "log_private_key")


def check_signing_keys(settings: Settings) -> None:
    """Raise StartError if a token does not answer, or if SIGNATURE_PRIVATE_KEY was revoked.

    Tokens are asked in a process of its own: what their library has opened does not survive a fork.
    """
    if any(is_on_token(getattr(settings, name).get_secret_value()) for name in _KEYS):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
            why = child.submit(_why_unfit, settings).result()
    else:
        why = _why_unfit(settings)
    if why:
        raise StartError(why)


def _why_unfit(settings: Settings) -> str | None:
    for name in _KEYS:
        try:
            signer = settings.signer_of(getattr(settings, name))
        except (SignerAwayError, ValueError) as fault:
            return f"{name.upper()}: {fault}"
        if name == "signature_private_key" and (why := asyncio.run(_why_revoked(settings, signer.key_id))):
            return f"{name.upper()}: {why}"
    return None


async def _why_revoked(settings: Settings, key_id: str) -> str | None:
    assert settings.database_url
    connection = await database.connect(asyncpg_url(settings.database_url))
    try:
        await database.set_json_codec(connection)
        rows = EvidenceRows(connection)
        found = await read_revocations(rows, [parse_key(key) for key in await rows.log.keys()])
        return why_revoked(found[key_id][0]) if key_id in found else None
    finally:
        await connection.close()

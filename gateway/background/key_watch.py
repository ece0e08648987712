"""Background job: stops signing with a key that was revoked meanwhile, and asks tokens whether they are there."""

import structlog

from contracts.proof.log.keys import parse_key
from contracts.proof.revocation import Revocation
from gateway.background.repeat import JobState, repeat
from gateway.evidence.key_record import read_revocations
from gateway.services import Services
from gateway.settings import SettingsError
from storage.signing import RevokedSigner, letters_of

log = structlog.get_logger()

_EVERY_SECONDS = 5.0


class KeyWatch:
    """Each process watches for itself. What another process signs with a revoked key in the seconds until it looks does
    not count: so the new key comes first, and then the old one is revoked (docs/keys.md)."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, job: JobState) -> None:
        """Look, until cancelled."""
        await repeat(job, self.look, _EVERY_SECONDS)

    async def refuse_revoked(self) -> None:
        """Raise SettingsError, with the line that says what to do, if SIGNATURE_PRIVATE_KEY is revoked."""
        if revocation := await self._revocation():
            raise SettingsError(f"SIGNATURE_PRIVATE_KEY: {why_revoked(revocation)}")

    async def look(self) -> float:
        """Look once. Return after how many seconds to look again."""
        services = self._services
        if services.signer.state != "revoked" and (revocation := await self._revocation()):
            why = why_revoked(revocation)
            services.signer = services.records.signer = services.packs.signer = RevokedSigner(services.signer, why)
            log.error("nothing is signed any more", why=why)
        for signer in (services.signer, services.log_signer):
            if signer:
                await signer.probe()
        return _EVERY_SECONDS

    async def _revocation(self) -> Revocation | None:
        evidence, key_id = self._services.evidence, self._services.signer.key_id
        log_keys = [parse_key(key) for key in await evidence.log.keys()]
        return next(iter((await read_revocations(evidence, log_keys)).get(key_id, ())), None)


def why_revoked(revocation: Revocation) -> str:
    """Return why a key must not sign, and what to do."""
    return (
        f"the key {letters_of(revocation.key_id)} was revoked at {revocation.at[:16]} UTC ({revocation.because}): make "
        "another with `voicepact keys create words`, set that, and see docs/keys.md"
    )

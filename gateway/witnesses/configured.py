"""The witnesses that the settings name."""

import aiohttp

from contracts.proof.log.policy import Policy, parse_policy
from contracts.proof.log.timestamps import load_roots
from gateway.settings import Settings
from gateway.witnesses.calendar import Calendar
from gateway.witnesses.folder import FolderWitness
from gateway.witnesses.over_http import HttpWitness
from gateway.witnesses.port import Witness
from gateway.witnesses.timestamp_authority import TimestampAuthority

WITNESS_SECONDS = 10.0  # for one call


def configured_authority(settings: Settings, http: aiohttp.ClientSession) -> TimestampAuthority | None:
    """Return the time-stamping authority, if TIMESTAMP_URL and TIMESTAMP_ROOTS name one."""
    if settings.timestamp_url is None or settings.timestamp_roots is None:
        return None
    return TimestampAuthority(settings.timestamp_url, load_roots(settings.timestamp_roots.read_bytes()), http)


def configured_calendars(settings: Settings, http: aiohttp.ClientSession) -> list[Calendar]:
    """Return the calendars of OpenTimestamps that the settings name."""
    return [Calendar(url, http) for url in settings.calendars]


def configured_witnesses(settings: Settings, http: aiohttp.ClientSession) -> tuple[list[Witness], Policy | None]:
    """Return the witnesses to ask, and how many of them are enough: those of WITNESS_POLICY that have an address, and
    the folder WITNESS_FOLDER."""
    policy = parse_policy(settings.witness_policy.read_bytes()) if settings.witness_policy else None
    witnesses: list[Witness] = []
    if policy:
        witnesses += [HttpWitness(line.name, line.key, line.url, http) for line in policy.witnesses if line.url]
    if settings.witness_folder:
        witnesses.append(FolderWitness(settings.witness_folder))
    return witnesses, policy

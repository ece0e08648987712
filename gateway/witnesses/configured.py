"""The witnesses that the settings name."""

import aiohttp

from contracts.proof.log.policy import Policy, parse_policy
from gateway.settings import Settings
from gateway.witnesses.folder import FolderWitness
from gateway.witnesses.over_http import HttpWitness
from gateway.witnesses.port import Witness

WITNESS_SECONDS = 10.0  # for one call


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

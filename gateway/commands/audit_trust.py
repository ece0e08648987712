"""Whose signatures `voicepact audit verify` believes: as the settings say, and the policy file that was given."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.proof.log.keys import VerifierKey
from contracts.proof.log.policy import Policy, parse_policy
from gateway.commands.startup import StartError
from gateway.settings import Settings
from storage.signing import SignerAwayError


@dataclass(frozen=True, slots=True)
class Trust:
    """`pinned`: keys for words, by their ids; none: those that the record names. `keys`: of the log, only these count;
    None: those that the database names, but the newest checkpoint must be by one of `signers` (none: by any).
    `policy`: which witnesses are enough."""

    pinned: Mapping[str, bytes]
    keys: list[VerifierKey] | None
    signers: list[bytes]
    policy: Policy | None


def trust_of(settings: Settings, policy: Policy | None) -> Trust:
    """`policy`: of --policy; it takes the place of what the settings name. Raise StartError if a token with a key of
    the settings does not answer."""
    try:
        pinned = settings.pinned_keys()
    except (SignerAwayError, ValueError) as fault:
        raise StartError(f"SIGNATURE_PRIVATE_KEY: {fault}") from None
    if policy:
        return Trust(pinned, [line.key for line in policy.logs], [], policy)
    policy = parse_policy(settings.witness_policy.read_bytes()) if settings.witness_policy else None
    signers = [line.key.public_key for line in policy.logs] if policy else []
    if settings.log_private_key.get_secret_value():
        try:
            signers.append(settings.signer_of(settings.log_private_key).public_key)
        except (SignerAwayError, ValueError) as fault:
            raise StartError(f"LOG_PRIVATE_KEY: {fault}") from None
    return Trust(pinned, None, signers, policy)

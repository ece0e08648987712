"""The service's own secrets. Outside production those that are not set are generated (`own_secrets`)."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from gateway.settings.values import certificates_file, like, policy_file, split_urls, url_of, urls_of
from storage.key_source import TokenAccess, open_signer
from storage.signing import SignerPort, key_id_of, public_key_of


class KeySettings(BaseModel):
    webhook_token: SecretStr = SecretStr("")  # the secret part of every callback address
    # The WEBHOOK_TOKEN before; callbacks with it are taken too, until every dashboard has the new addresses.
    webhook_token_old: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")  # encrypts sessions, and is part of every PIN's hash
    # Keys that SECRET_KEY was before, with commas between them, newest first. What was made with them stays valid until
    # each person has typed their PIN once more. `voicepact db status` says how many have not.
    secret_key_old: SecretStr = SecretStr("")
    # Ed25519; signs every consent. PEM, 32 bytes in base64, file:/a/path of either, or a key on a token,
    # pkcs11:token=…;object=… (docs/keys.md). What an older key has signed stays valid.
    signature_private_key: SecretStr = SecretStr("")
    # Ed25519 as above, but another key; signs the checkpoints of the log, which witnesses watch.
    log_private_key: SecretStr = SecretStr("")
    # The name of the log in its checkpoints; by default the host of WEBHOOK_BASE_URL, and /log. Read when the log
    # begins; later it has no effect.
    log_origin: Annotated[str, like(r"[^\s+]{3,200}", "a name without blanks and +, like example.com/log")] | None = (
        None
    )
    # The key that SIGNATURE_PRIVATE_KEY was before; it signs that the new one follows. It may go after one start.
    signature_private_key_old: SecretStr = SecretStr("")
    # Public keys, 32 bytes in base64 with commas between them, that `audit verify` believes beside that of
    # SIGNATURE_PRIVATE_KEY and those that a believed key handed over to. No key counts because the record names it.
    signature_public_keys: str = ""
    pkcs11_module: Path | None = None  # the library of the token's maker, if the pkcs11: URI does not name it
    pkcs11_pin: SecretStr = SecretStr("")  # of the token, if the URI does not name a file with it (pin-source)
    # How long a token may take for a signature; a hop has 3 seconds in all. Past it, acts are refused politely.
    pkcs11_timeout_seconds: Annotated[float, Field(ge=0.05, le=10)] = 1.0
    # A policy file (c2sp.org/tlog-policy): the witnesses that cosign the log, their addresses, how many are enough.
    witness_policy: Annotated[Path, policy_file()] | None = None
    # A folder, best of another machine or a git work tree, in which each checkpoint becomes a file.
    witness_folder: Path | None = None
    # A time-stamping authority (RFC 3161), asked once an hour in which something happened; only with its roots.
    timestamp_url: Annotated[str, url_of("http", "https")] | None = None
    timestamp_roots: Annotated[Path, certificates_file()] | None = None  # PEM; what its certificate must come from
    # Calendars of OpenTimestamps, with commas between their addresses; asked as often. Each gives the rest of its
    # proofs itself, so name calendars (https://alice.btc.calendar.opentimestamps.org), not the pools before them.
    opentimestamps_calendars: Annotated[str, urls_of("http", "https")] = ""
    # A PKCS#12 file (.p12, .pfx) with a certificate and its private key: the papers of packs are signed with it
    # (PAdES). It needs the extra `pades`.
    pdf_certificate: Path | None = None
    pdf_certificate_password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")  # of the REST API

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """SECRET_KEY, then those that it was before."""
        older = (key.strip() for key in self.secret_key_old.get_secret_value().split(","))
        return self.secret_key.get_secret_value(), *(key for key in older if key)

    @property
    def calendars(self) -> list[str]:
        """OPENTIMESTAMPS_CALENDARS."""
        return split_urls(self.opentimestamps_calendars)

    @property
    def older_public_keys(self) -> list[bytes]:
        """SIGNATURE_PUBLIC_KEYS. Raise ValueError for one that is none."""
        return [public_key_of(key.strip()) for key in self.signature_public_keys.split(",") if key.strip()]

    @property
    def token_access(self) -> TokenAccess:
        return TokenAccess(self.pkcs11_module, self.pkcs11_timeout_seconds)

    def signer_of(self, key: SecretStr) -> SignerPort:
        """Return what signs with `key`, one of these settings. Raise ValueError if it is none, SignerAwayError if its
        token does not answer."""
        return open_signer(key.get_secret_value(), self.token_access, self.pkcs11_pin.get_secret_value())

    def pinned_keys(self) -> dict[str, bytes]:
        """Return the public keys that the settings name, by their ids. Raise as `signer_of` does."""
        keys = self.older_public_keys
        if self.signature_private_key.get_secret_value():
            keys.append(self.signer_of(self.signature_private_key).public_key)
        return {key_id_of(key): key for key in keys}

    @property
    def webhook_tokens(self) -> tuple[str, ...]:
        """The tokens that a callback may have."""
        return tuple(key for one in (self.webhook_token, self.webhook_token_old) if (key := one.get_secret_value()))

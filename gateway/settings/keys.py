"""The service's own secrets. Outside production those that are not set are generated (`own_secrets`)."""

from typing import Annotated

from pydantic import BaseModel, SecretStr

from gateway.settings.values import like


class KeySettings(BaseModel):
    webhook_token: SecretStr = SecretStr("")  # the secret part of every callback address
    # The WEBHOOK_TOKEN before; callbacks with it are taken too, until every dashboard has the new addresses.
    webhook_token_old: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")  # encrypts sessions, and is part of every PIN's hash
    # Keys that SECRET_KEY was before, with commas between them, newest first. What was made with them stays valid until
    # each person has typed their PIN once more. `voicepact db status` says how many have not.
    secret_key_old: SecretStr = SecretStr("")
    # Ed25519, PEM or 32 bytes in base64; signs every consent. What an older key has signed stays valid.
    signature_private_key: SecretStr = SecretStr("")
    # Ed25519 as above, but another key; signs the checkpoints of the log, which witnesses watch.
    log_private_key: SecretStr = SecretStr("")
    # The name of the log in its checkpoints; by default the host of WEBHOOK_BASE_URL, and /log. Read when the log
    # begins; later it has no effect.
    log_origin: Annotated[str, like(r"[^\s+]{3,200}", "a name without blanks and +, like example.com/log")] | None = (
        None
    )
    api_key: SecretStr = SecretStr("")  # of the REST API

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """SECRET_KEY, then those that it was before."""
        older = (key.strip() for key in self.secret_key_old.get_secret_value().split(","))
        return self.secret_key.get_secret_value(), *(key for key in older if key)

    @property
    def webhook_tokens(self) -> tuple[str, ...]:
        """The tokens that a callback may have."""
        return tuple(key for one in (self.webhook_token, self.webhook_token_old) if (key := one.get_secret_value()))

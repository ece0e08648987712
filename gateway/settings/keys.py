"""The service's own secrets. Outside production those that are not set are generated (`own_secrets`)."""

from pydantic import BaseModel, SecretStr


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

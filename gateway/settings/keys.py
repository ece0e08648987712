"""The service's own secrets. Outside production those that are not set are generated (`own_secrets`)."""

from pydantic import BaseModel, SecretStr


class KeySettings(BaseModel):
    webhook_token: SecretStr = SecretStr("")  # the secret part of every callback address
    secret_key: SecretStr = SecretStr("")  # encrypts sessions, and is part of every PIN's hash
    # Ed25519, PEM or 32 bytes in base64; signs every consent. What an older key has signed stays valid.
    signature_private_key: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")  # of the REST API

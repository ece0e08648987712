"""The secrets of an endpoint, as they are stored: encrypted for this endpoint only."""

from uuid import UUID

from storage.encryption import Encryptor


def encrypt_secret(encryptor: Encryptor, endpoint_id: UUID, secret: str) -> bytes:
    return encryptor.encrypt(secret.encode(), _place(endpoint_id))


def decrypt_secret(encryptor: Encryptor, endpoint_id: UUID, encrypted: bytes) -> str | None:
    """Return the secret; None if SECRET_KEY is another one now, and SECRET_KEY_OLD too."""
    plain = encryptor.decrypt(encrypted, _place(endpoint_id))
    return plain.decode() if plain else None


def _place(endpoint_id: UUID) -> str:
    return f"webhook {endpoint_id}"

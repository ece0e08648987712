"""How paybill's confirmations name the payer."""

import hashlib
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["hashed", "masked", "full"]


def spelled_payer(phone: str, form: Form) -> str:
    """Return the SHA-256 of the number, as since 2024; or the number masked, or whole, as before."""
    if form == "hashed":
        return hashlib.sha256(phone.encode()).hexdigest()
    return f"{phone[:4]}****{phone[-3:]}" if form == "masked" else phone

"""What may happen to the money of a contract, and why. Pure; `gateway/payments` moves it, `storage/acts` writes it
down."""

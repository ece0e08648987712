"""Settings with which a service in production may start."""

DATABASE = "postgresql://voicepact_app:dbpassword@db.example/voicepact"
REDIS = "rediss://:redispassword@cache.example/0"
KEYS = ("WEBHOOK_TOKEN", "SECRET_KEY", "SIGNATURE_PRIVATE_KEY", "LOG_PRIVATE_KEY", "API_KEY")  # made by the operator
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": DATABASE,
    "REDIS_URL": REDIS,
    "AT_USERNAME": "cooperative",
    "AT_API_KEY": "atsk_5d0c3f7be19a42e8",
    "WEBHOOK_BASE_URL": "https://gateway.example.org",
    "WEBHOOK_TOKEN": "b3f0c27a9d614e85f0a1",
    "SECRET_KEY": "q7Zt2wXm9RkJ4vLs8YpNc1Ub",
    "SIGNATURE_PRIVATE_KEY": "yKBmFfHb1gK2o0q3mW0i7S2mJrXcN8uJxq0dQwEoT5c=",
    "LOG_PRIVATE_KEY": "k0Qx7vJmT3bYw9eLz5uHs2cRf8nAa1dGp6iKo4tWq+Y=",
    "API_KEY": "hG5xk0TqV2sMw8ZnB4fRj7Ya",
}

"""Where PostgreSQL and Redis or Valkey are, and how many connections a process has to them."""

from typing import Annotated

from pydantic import BaseModel, Field

from gateway.settings.values import redis_options, url_of

_PostgresUrl = Annotated[str, url_of("postgresql", "postgres", "postgresql+asyncpg")]
_RedisUrl = Annotated[str, url_of("redis", "rediss", "unix"), redis_options()]


class StoreSettings(BaseModel):
    """Without the two URLs, which may hold a password, the service brings its own servers (not in production)."""

    database_url: _PostgresUrl | None = Field(None, repr=False)
    database_pool_min: int = Field(2, ge=1, le=100)  # connections, per process
    database_pool_max: int = Field(8, ge=1, le=500)
    database_timeout_seconds: float = Field(2.5, gt=0, le=60)  # a statement: less than a whole hop

    redis_url: _RedisUrl | None = Field(None, repr=False)
    redis_max_connections: int = Field(16, ge=1, le=10_000)
    redis_socket_timeout: float = Field(1.0, gt=0, le=60)  # seconds

"""How much one person, one API key or one address may ask of the service."""

from pydantic import BaseModel, Field


class CeilingSettings(BaseModel):
    # How many offers one person may make on a phone (an operator's API is limited by API_CONTRACTS_PER_HOUR instead). A
    # clerk who makes contracts for a cooperative on her own phone needs more than a farmer: 60, 300 and 500, say.
    offers_per_hour: int = Field(6, ge=1, le=1000)
    offers_per_day: int = Field(20, ge=1, le=1000)  # within 24 hours
    offers_open: int = Field(30, ge=1, le=1000)  # that wait for an answer
    # How many offers one person may get from strangers, all of them together: people with whom they have had no
    # contract that both confirmed. A buyer who is offered more at harvest has confirmed contracts with most of these
    # people.
    stranger_offers_per_hour: int = Field(3, ge=1, le=1000)
    stranger_offers_per_day: int = Field(8, ge=1, le=1000)
    stranger_offers_open: int = Field(10, ge=1, le=1000)

    # Of one API key: above it POST /v1/contracts answers 429. Each contract is an SMS or more to people who did not
    # ask.
    api_contracts_per_hour: int = Field(1000, ge=1, le=1_000_000)

    verify_per_minute: int = Field(30, ge=1, le=10_000)  # requests to /verify from one address
    proxy_hops: int = Field(0, ge=0, le=10)  # how many of our own proxies add to X-Forwarded-For

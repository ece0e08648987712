"""The feed: what happens to contracts, people and messages, in one order, for programs (docs/events.md)."""

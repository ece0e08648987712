"""The same work as ours, written the way a good tutorial shows it: what `make bench` compares the service with.

aiohttp, redis-py and an asyncpg pool as they come, with one call for each need. It shows the screens of a confirm
session, counts the PIN's try before the check, signs, writes an act's rows in one transaction and sends both SMS
through a queue; and it stores an MO. It has no guard against repeated hops, no hash chain, no sealed sessions and one
language, so a ratio to it is no flattery. `tests/bench/` counts that it does the same work. It is not a product.
"""

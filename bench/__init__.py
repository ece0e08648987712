"""`make bench`: how fast whole sessions go through the service, next to a server that does nothing.

What a machine does in a second says little, so everything is a ratio to a bare aiohttp server that took its turns in
the same minutes on the same machine. `__main__` runs it, `driver` plays the phones, `town` makes the people.
"""

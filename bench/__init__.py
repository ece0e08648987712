"""`make bench`: how fast whole sessions go through the service, next to a server that does nothing.

What a machine does in a second says little, so every figure is a ratio to a bare aiohttp server, measured in the
same minutes on the same machine. `__main__` runs it, `cases` has what is measured, `driver` plays the phones,
`population` makes their owners and contracts.
"""

"""`make bench`: how fast whole sessions go through the service, next to servers that do nothing, or the same work.

What a machine does in a second says little, so what counts are ratios to a bare aiohttp server and to `tutorial/`,
measured in the same minutes on the same machine. `__main__` runs it, `cases` has what is measured, `running` measures
it; `driver` plays the phones by `plays`, `population` makes their owners and contracts; `figures` are made of what was
measured, and go to `report`, `goals` and `history`.
"""

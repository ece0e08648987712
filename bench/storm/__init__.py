"""`make storm`: a long queue, a provider that does everything wrong, and workers that are killed all the time.

At the end every message must be final and say why, none may be missing, and each that the provider took more than once
must have a try of which nobody knew the outcome. `people` makes the queue, `weather` what goes wrong, `crowd` runs and
kills the processes, `found` and `judge` compare the database with what the provider took, `report` prints it.
"""

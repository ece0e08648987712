"""`make storm`: a long queue, a provider that does everything wrong, and workers that are killed all the time.

At the end every message must be final and say why, none may be missing, and each that the provider took more than once
must have a try of which nobody knew the outcome. `queue` fills it, `random_faults` is what goes wrong, `workers` starts
and kills the processes, `read_back` and `check` compare the database with what the provider took, `report` prints it.
"""

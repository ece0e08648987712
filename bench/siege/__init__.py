"""`make siege`: people act while everything goes wrong; then the record is compared with what they were told.

A row of the table is one siege: an arrangement (one process, two workers, embedded servers), an attack from a process
of its own, perhaps a fault, and honest people, in a process of their own too, who measure every hop. `rows` has them.
"""

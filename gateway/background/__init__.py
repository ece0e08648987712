"""Jobs that run beside requests, in every process: deadlines, promises, audit seals, and deleting old rows."""

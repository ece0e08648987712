"""Jobs that run beside requests, in every process: deadlines, promises, the log of entries, and deleting old rows."""

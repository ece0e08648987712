"""What works in the background of every process: time, promises, seals, and what is too old."""

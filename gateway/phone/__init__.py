"""A feature phone in the terminal: `voicepact phone`."""

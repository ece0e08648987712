"""Example data for development: a cooperative with months of history (`voicepact seed`)."""

"""The evidence pack: a zip with everything that a stranger needs to check one contract offline."""

"""What `voicepact` does beside running: each file is one command, imported when it is called."""

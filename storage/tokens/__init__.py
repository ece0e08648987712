"""Keys that never leave a device (PKCS#11): their names, their use with a deadline, and how one is made."""

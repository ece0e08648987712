"""The words on the paper of a contract, in all our languages. What stands where is in gateway/evidence."""

"""`/verify`: does a document match the record; open to anybody."""

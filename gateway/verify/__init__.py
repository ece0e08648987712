"""`/verify`: a page where anybody can ask whether a document matches the record."""

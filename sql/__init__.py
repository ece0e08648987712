"""The SQL of the project: migrations/ make the schema, queries/ use it. Nothing here but text."""

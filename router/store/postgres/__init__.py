"""The store for several machines: PostgreSQL, and nothing else. Imported only when the database's URL asks for it."""

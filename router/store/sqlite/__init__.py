"""The store on one machine: a SQLite file, its connections, its copies and its tables."""

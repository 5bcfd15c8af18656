"""Storage: SQLAlchemy models, Alembic migrations, and the queries the service asks.

SQLite (WAL) serves without any set-up, PostgreSQL by its URL. Nothing outside this room writes SQL.
Texts come here masked; contact data has no place in these tables.
"""

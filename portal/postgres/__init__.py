"""The database backend for PostgreSQL: Django's own, with statements that the server prepares."""

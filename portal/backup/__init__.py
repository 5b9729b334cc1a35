"""Backup and restore: one file that holds a consistent copy of the database, and what a restore has to know."""

"""Notices: what the team is told, who gets which, and what each person wants by mail."""

"""Measures what the SCIM server carries; figures belong here and never in a test."""

"""RFC 7643 and RFC 7644 as code: no team, no HTTP, no query run; the resources stand in `scim/mapping.py`."""

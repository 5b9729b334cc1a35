"""The peer: django-scim2 in the smallest honest project, with its libraries in an environment of its own."""

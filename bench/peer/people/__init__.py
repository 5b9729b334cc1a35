"""People, groups and tokens as django-scim2 wants them."""

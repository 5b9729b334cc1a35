"""Who is calling, in words, as far as its User-Agent tells."""

# What each provider is known to send, in lower case. No page says what JumpCloud and Entra ID send.
KNOWN = {
    "okta": "Okta",
    "jumpcloud": "JumpCloud",
    "entra": "Entra ID",
    "azure": "Entra ID",
    "microsoft": "Entra ID",
    "goauthentik": "authentik",
    "authentik": "authentik",
    "onelogin": "OneLogin",
    "keycloak": "Keycloak",
    "pingfederate": "Ping",
    "google": "Google Workspace",
    "scalekit": "Scalekit",
    "curl/": "curl",
    "python-requests": "a script",
}


def provider(agent: str) -> str:
    """Name the identity provider behind a User-Agent; empty where it tells nothing."""
    found = agent.lower()
    return next((name for mark, name in KNOWN.items() if mark in found), "")

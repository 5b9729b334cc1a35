"""The modules whose rules are broken on purpose, and the tests that are to see it."""

TEAMS, PAGES, SSO, SCIM = "tests/teams/test_", "tests/pages/test_", "tests/sso/test_", "tests/scim/test_"
WHO_MAY = "tests/proof/test_who_may.py"


def _files(prefix: str, names: str) -> list[str]:
    return [f"{prefix}{name}.py" for name in names.split()]


TARGETS: dict[str, list[str]] = {
    "portal/teams/seats.py": [
        WHO_MAY,
        *_files(TEAMS, "seats roster invariants batches"),
        "tests/pages/members/test_waiting.py", "tests/operators/test_finding.py",
    ],
    "portal/teams/policy.py": [
        WHO_MAY,
        *_files(TEAMS, "policy owners groups sessions founding"), *_files(PAGES, "sessions"), *_files(SSO, "sessions"),
        "tests/operators/test_deeds.py",
    ],
    "portal/teams/roster.py": [
        WHO_MAY,
        *_files(TEAMS, "roster adoption returning owners policy sign_in_email seats endings rescue"),
        *_files(SCIM, "lifecycle last_owner adoption"), "tests/security/test_page.py",
    ],
    "portal/teams/access.py": [
        *_files(TEAMS, "access endings sessions suspended groups"), *_files(PAGES, "sessions sign_in"),
        *_files(SSO, "sessions break_glass"), *_files("tests/security/test_", "signing_in second_rule"),
    ],
    "sso/guard.py": _files(SSO, "guard saml shapes logout encryption"),
    "sso/saml.py": _files(SSO, "saml protocol encryption login logout"),
    "sso/reading.py": _files(SSO, "saml protocol encryption login logout"),
    "sso/login.py": _files(
        SSO,
        "login replay unsolicited reauthentication identity browser_binding log sign_in_log checks keys "
        "first_sign_in drafts enforce confirmed_by_sign_in",
    ),
    "scim/tokens.py": [WHO_MAY, *_files(SCIM, "bearer panel requested rotation_races")],
    "scim/protocol/filters.py": _files(SCIM, "filters filter_sql lookup groups cursor"),
    "scim/protocol/patch.py": _files(SCIM, "patch groups"),
}  # fmt: skip

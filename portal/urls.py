"""The switchboard: which URL leads to which page. `sso` and `scim` bring their own."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from portal.pages import (
    again,
    audit,
    domains,
    groups,
    health,
    home,
    profile,
    rescue,
    second_step,
    sessions,
    setup,
    setup_links,
    sign_in,
    theme,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Signing in
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/second/", second_step.second, name="sign_in_second"),
    path("sign-in/second/passkey/", second_step.second_by_passkey, name="sign_in_second_passkey"),
    path("sign-in/passkey/", second_step.by_passkey, name="sign_in_passkey"),
    path("sign-in/passkey/prove/", second_step.prove_passkey, name="sign_in_passkey_prove"),
    path("sign-in/link/<str:token>/", sign_in.use_link, name="sign_in_link"),
    path("sign-in/trouble/", rescue.trouble, name="trouble"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("teams/", sign_in.choose_team, name="choose_team"),
    path("again/", again.reauthenticate, name="reauthenticate"),
    path("again/send/", again.send_again, name="reauthenticate_send"),
    path("again/prove/", again.prove_again, name="reauthenticate_prove"),
    path("again/factor/", again.prove_factor, name="reauthenticate_factor"),
    path("again/passkey/", again.prove_passkey, name="reauthenticate_passkey"),
    path("theme/", theme.choose, name="theme"),
    # The team
    path("", home.home, name="home"),
    path("members/", include("portal.pages.members.urls")),
    path("groups/", groups.listed, name="groups"),
    path("groups/<uuid:group_id>/", groups.detail, name="group"),
    path("groups/<uuid:group_id>/role/", groups.set_role, name="group_role"),
    path("groups/<uuid:group_id>/remove/", groups.remove, name="group_remove"),
    path("log/audit/", audit.audit, name="audit"),
    path("settings/plan/", include("portal.pages.plan.urls")),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/security/", include("portal.pages.security.urls")),
    path("settings/profile/sign-ins/<uuid:entry_id>/end/", profile.end_sign_in, name="sign_in_end"),
    path("settings/security/sessions/", sessions.duration, name="session_duration"),
    path("settings/security/sessions/set/", sessions.set_duration, name="session_duration_set"),
    path("members/<uuid:member_id>/sessions/", sessions.of_member, name="member_sessions"),
    path("members/<uuid:member_id>/sessions/end/", sessions.end_all, name="member_sessions_end"),
    path("members/<uuid:member_id>/sessions/<uuid:entry_id>/end/", sessions.end, name="member_session_end"),
    path("settings/profile/sign-ins/end-others/", profile.end_others, name="sign_in_end_others"),
    path("settings/security/domains/", domains.domain_list, name="domains"),
    path("settings/security/domains/claim/", domains.claim, name="domain_claim"),
    path("settings/security/domains/outside/allow/", domains.allow_outside, name="domain_outside_allow"),
    path("settings/security/domains/outside/refuse/", domains.refuse_outside, name="domain_outside_refuse"),
    path("settings/security/domains/<uuid:domain_id>/check/", domains.check, name="domain_check"),
    path("settings/security/domains/<uuid:domain_id>/verify/", domains.verify, name="domain_verify"),
    path("settings/security/domains/<uuid:domain_id>/remove/", domains.remove, name="domain_remove"),
    path("settings/profile/rescue-codes/", rescue.rescue_codes, name="rescue_codes"),
    path("settings/profile/rescue-codes/make/", rescue.make, name="rescue_make"),
    path("settings/profile/rescue-codes/saved/", rescue.save, name="rescue_save"),
    path("settings/setup-links/", setup_links.setup_links, name="setup_links"),
    path("settings/setup-links/make/", setup_links.make, name="setup_link_make"),
    path("settings/setup-links/<uuid:link_id>/revoke/", setup_links.revoke, name="setup_link_revoke"),
    path("settings/setup-links/drafts/<uuid:draft_id>/confirm/", setup_links.confirm, name="setup_draft_confirm"),
    path("settings/setup-links/drafts/<uuid:draft_id>/decline/", setup_links.decline, name="setup_draft_decline"),
    path("settings/developers/webhooks/", include("portal.pages.webhooks.urls")),
    # The setup link, without an account
    path("setup/open/<str:token>/", setup.open_link, name="setup_open"),
    path("setup/<uuid:link_id>/", setup.home, name="setup"),
    path("setup/<uuid:link_id>/domains/", setup.domains, name="setup_domains"),
    path("setup/<uuid:link_id>/domains/propose/", setup.propose_domain, name="setup_domain_propose"),
    # The vendor's operators
    path("operator/", include("portal.operators.urls")),
    # What the upper floors bring
    path("", include("sso.urls")),
    path("", include("scim.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("portal.demo.urls")))

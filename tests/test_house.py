"""The plan of the house holds: arrows, circles, tenancy, writers, sizes and names. Every check is shown to fail."""

import pytest
from django.apps import apps
from django.db import models

from portal.teams.acts import KINDS
from portal.teams.models import Team
from tests import blueprint
from tests.blueprint import Rule, Source

SOURCES = blueprint.read()
LONG = "def f():\n" + "    x = 1\n" * 50

# rule, path, text: what the rule must object to.
BAD: list[tuple[Rule, str, str]] = [
    (blueprint.arrows, "portal/teams/seats.py", "from portal.door import team_page"),
    (blueprint.arrows, "portal/teams/seats.py", "from portal import door"),
    (blueprint.arrows, "portal/teams/seats.py", "import scim.mapping"),
    (blueprint.arrows, "portal/outbound/mail.py", "from portal.pages import home"),
    (blueprint.arrows, "portal/door.py", "from portal.pages import home"),
    (blueprint.arrows, "portal/api/seats.py", "from portal.pages import home"),
    (blueprint.arrows, "portal/pages/home.py", "from sso.panel import log"),
    (blueprint.arrows, "portal/pages/home.py", "from portal import demo"),
    (blueprint.arrows, "portal/frame.py", "from scim.tokens import issue"),
    (blueprint.arrows, "sso/login.py", "from scim import tokens"),
    (blueprint.arrows, "sso/panel/trust.py", "from portal.pages.home import home"),
    (blueprint.arrows, "scim/panel/log.py", "from portal import pages"),
    (blueprint.arrows, "scim/views/users.py", "import sso.models"),
    (blueprint.imports_inside_functions, "sso/login.py", "def f():\n    import json"),
    (blueprint.imports_inside_functions, "sso/apps.py", "def early():\n    from sso import login"),
    (blueprint.unscoped, "portal/pages/members/listed.py", "people = Member.every_team.all()"),
    (blueprint.writers, "sso/login.py", "Member(team=team)"),
    (blueprint.writers, "sso/login.py", "Member.every_team.filter(pk=1).update(active=True)"),
    (blueprint.writers, "scim/views/users.py", "team.members.all().delete()"),
    (blueprint.writers, "scim/views/users.py", "team.members.create()"),
    (blueprint.writers, "portal/door.py", "request.member.save()"),
    (blueprint.writers, "portal/teams/links.py", "member.delete()"),
    (blueprint.long_files, "sso/login.py", "x = 1\n" * 301),
    (blueprint.long_functions, "sso/login.py", LONG),
    (blueprint.long_views, "portal/pages/home.py", LONG.replace("f()", "home(request)")),
    (blueprint.long_views, "sso/panel/trust.py", "@team_page(Role.OWNER, sudo=True)\n" + LONG),
    (blueprint.promises, "sso/login.py", "# TODO: later"),
    (blueprint.layers, "sso/utils.py", ""),
    (blueprint.saml_library, "sso/login.py", "from onelogin.saml2.auth import OneLogin_Saml2_Auth"),
    (blueprint.prints, "sso/login.py", "print('here')"),
    (blueprint.kinds, "sso/login.py", "K = Kind('member.add', 'sentence')"),
    (blueprint.kinds, "sso/login.py", "K = Kind('added', 'sentence')"),
    (blueprint.kinds, "sso/login.py", "K = acts.Kind(NAME, 'sentence')"),
]
# rule, path, text: what the rule must let pass.
GOOD: list[tuple[Rule, str, str]] = [
    (blueprint.arrows, "portal/teams/roster.py", "import json\nfrom portal.teams import seats"),
    (blueprint.arrows, "sso/panel/trust.py", "from portal.door import team_page\nfrom portal.teams import access"),
    (blueprint.imports_inside_functions, "sso/apps.py", "def ready(self):\n    from sso import login"),
    (blueprint.writers, "portal/pages/home.py", "team.members.filter(active=True).count()\nmember_form.save()"),
    (blueprint.writers, "portal/teams/roster.py", "member.save()"),
    (blueprint.long_views, "portal/pages/home.py", LONG.replace("f()", "_rows(request)")),
    (blueprint.kinds, "sso/login.py", "K = Kind('member.sign_in_email_changed', 'sentence')"),
    (blueprint.prints, "portal/demo/idp.py", "print('here')"),
]


@pytest.mark.parametrize("rule", blueprint.RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    broken = [f"{source.path}: {complaint}" for source in SOURCES for complaint in rule(source)]

    assert broken == [], f"{rule.__doc__} {broken}"


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_each_rule_objects_to_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_each_rule_lets_pass_what_keeps_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_was_shown_to_object() -> None:
    assert {rule for rule, _, _ in BAD} == set(blueprint.RULES)


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert blueprint.circle(SOURCES) == []


def test_a_circle_is_seen_through_three_modules() -> None:
    three = [Source("sso/a.py", "from sso import b"), Source("sso/b.py", "from sso.c import f")]

    assert blueprint.circle([*three, Source("sso/c.py", "import json")]) == []
    assert set(blueprint.circle([*three, Source("sso/c.py", "import sso.a")])) == {"sso.a", "sso.b", "sso.c"}


def unscoped_managers(found: list[type[models.Model]]) -> list[str]:
    """Name the models of a team that can be read without it by habit, through `.objects`."""
    fields = {model: [field.related_model for field in model._meta.fields] for model in found}
    return [model.__name__ for model in found if Team in fields[model] and hasattr(model, "objects")]


def test_no_model_of_a_team_has_an_unscoped_objects() -> None:
    assert unscoped_managers(apps.get_models()) == []


@pytest.mark.django_isolate_apps("portal")
def test_an_unscoped_objects_is_seen() -> None:
    class Loose(models.Model):
        team = models.ForeignKey(Team, models.CASCADE, related_name="+")

        class Meta:
            app_label = "portal"

    assert unscoped_managers([Loose, Team]) == ["Loose"]


def test_every_declared_kind_is_a_noun_and_what_happened_to_it() -> None:
    ours = [name for name in KINDS if not name.startswith("test.")]

    assert [name for name in ours if not blueprint.KIND.match(name)] == []

"""No word that people are shown bypasses gettext: the source is read, also where no test draws the page."""

import pytest

from tests import blueprint, wording
from tests.blueprint import Source

FROM = "from django.utils.translation import gettext as _, gettext_lazy as later\n"
BAD = [
    "raise Invalid('There is nobody to add.')",
    "raise Conflict(f'Team {name} is there. Look again.')",
    "messages.success(request, 'The key has ended.')",
    "name = forms.CharField(label='Name')",
    "name = forms.CharField(label=later('Name'), help_text='shown to all')",
    "why = _('Locked.') if lock else 'Nobody may do that.'",
    "words = {'a': 'Sign in again.'}",
]
GOOD = [
    "'''Do it, and say so.'''",
    "raise Invalid(_('There is nobody to add.'))",
    "raise Invalid(_('At most {n} people get a role at once.').format(n=3))",
    "name = forms.CharField(label=later('Name'), help_text=_('Shown to all of them.'))",
    "cursor.execute('SELECT 1 FROM teams')",
    "header = 'Bearer realm=\"SCIM\"'",
]


@pytest.mark.parametrize("source", blueprint.read(), ids=lambda source: source.path)
def test_what_people_are_shown_goes_through_gettext(source: Source) -> None:
    assert list(wording.past_gettext(source)) == []


@pytest.mark.parametrize("text", BAD)
def test_words_past_gettext_are_found(text: str) -> None:
    assert list(wording.past_gettext(Source("portal/pages/home.py", FROM + text)))


@pytest.mark.parametrize("text", GOOD)
def test_words_that_went_through_and_code_are_let_pass(text: str) -> None:
    assert list(wording.past_gettext(Source("portal/pages/home.py", FROM + text))) == []

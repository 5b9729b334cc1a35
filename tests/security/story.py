"""A whole story of a team in which every kind of secret is given out, typed, mistyped and used; each is remembered."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.test import Client

from portal.directories import setting_up
from portal.outbound.directory import Access, Group
from portal.outbound.webhooks.models import Endpoint
from portal.teams import links
from portal.teams.models import Team
from scim import tokens
from sso import keys
from tests import factors, make
from tests.api import product, test_panel
from tests.operators.test_deeds import do
from tests.pages.reading import page
from tests.pages.test_rescue import CODES, shown, use
from tests.pages.test_setup import make_link, path_of
from tests.pages.test_webhooks import add
from tests.scim.idp import Idp, person
from tests.scim.test_panel import send, shown_token

# What an identity provider sends along though nobody asked for it.
PASSWORD = "Correct-Horse-Battery-7731"


class Remembering(Client):
    """A client that keeps what it was answered."""

    def __init__(self, answers: list[Any], headers: dict[str, str]) -> None:
        self.answers = answers
        super().__init__(raise_request_exception=False, headers=headers)

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        """Ask, and keep the answer."""
        answer = super().generic(*args, **kwargs)
        self.answers.append(answer)
        return answer


@dataclass
class Story:
    """The secrets by what they are, and the browsers that are still signed in."""

    team: Team
    secrets: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    # What every browser and machine of the story says besides, e.g. a name of ours that is not the one we go by.
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)

    def keep(self, what: str, secret: str) -> str:
        """Remember a secret."""
        assert len(secret) >= 8, what
        self.secrets[what] = secret
        return secret

    def browser(self, who: str) -> Client:
        """Somebody's browser, whose cookies are secrets too."""
        return self.browsers.setdefault(who, self.client())

    def client(self) -> Client:
        """A browser or a machine, whose every answer is remembered."""
        return Remembering(self.answers, headers=self.headers)

    def keep_cookies(self) -> None:
        """Remember every cookie that lets somebody in or binds them."""
        for who, client in self.browsers.items():
            for name, cookie in client.cookies.items():
                if name not in ("theme", "messages") and cookie.value:
                    self.keep(f"cookie {name} of {who}", cookie.value)


def sign_in(story: Story, who: str) -> Client:
    """Sign somebody in by code, after a mistyped one."""
    client = story.browser(who)
    client.post("/sign-in/", {"who": who, "by_code": "1"})
    client.post("/sign-in/code/", {"code": story.keep(f"mistyped code of {who}", f"Z{len(story.secrets):03}-QQQQ")})
    client.post("/sign-in/code/", {"code": story.keep(f"code of {who}", make.code_for(who))})
    client.get("/teams/")
    story.keep_cookies()
    return client


def single_sign_on(story: Story) -> None:
    """Connect an identity provider, encrypt to us, sign somebody in, and be lied to."""
    team, idp = story.team, make.connect_idp(story.team)
    key = keys.make(team, make.as_owner(team))
    story.keep("private key of single sign-on", "".join(key.private_key.splitlines()[1:3]))
    client = story.browser("mia by single sign-on")
    for what, good in (("refused", False), ("accepted", True)):
        request = make.ask_idp(client, team)
        response = make.answer(idp, request, "mia@acme.test", **({} if good else {"audience": "https://other.test"}))
        xml = base64.b64decode(response).decode()
        story.keep(f"{what} response", response[200:400])
        story.keep(f"signature of the {what} response", xml.partition("SignatureValue>")[2][:60])
        arrived = make.post_acs(team, response)
        if good:
            story.keep("ticket", urlsplit(arrived["Location"]).query.rpartition("=")[2])
        story.keep_cookies()
        make.follow(client, arrived)
    story.keep_cookies()


def provisioning(story: Story) -> None:
    """Turn SCIM on, push somebody with a password, rotate, and call with a token that was mistyped or never issued."""
    olga, team = story.browser("olga@acme.test"), story.team
    first = Idp(story.keep("first SCIM token", shown_token(send(olga, team, "on"))), client=story.client())
    second = Idp(
        story.keep("second SCIM token", shown_token(send(olga, team, "rotate", grace="24"))), client=story.client()
    )
    story.keep("password", PASSWORD)
    for idp, name in ((first, "zoe"), (second, "yan")):
        path = idp.make(name, password=PASSWORD)
        idp.patch(path, {"op": "replace", "path": "password", "value": PASSWORD})
        idp.get(f'/Users?filter=password%20eq%20"{PASSWORD}"')
        idp.post(b'{"userName": "' + PASSWORD.encode())
    for what, text in (("never issued", tokens.new_text()), ("mistyped", f"{first.token[:-1]}!")):
        Idp(story.keep(f"{what} SCIM token", text)).post(person("nobody", password=PASSWORD))


def second_factors(story: Story) -> None:
    """Set an app up; its key and the recovery codes are seen once, and one of them is mistyped."""
    app = factors.set_up_app(sign_in(story, "adam@acme.test"), story.team)
    story.keep("key of the app", app.secret)
    for number, code in enumerate(app.recovery):
        story.keep(f"recovery code {number}", code)
    client = story.browser("adam with a recovery code")
    client.post("/sign-in/", {"who": "adam@acme.test", "by_code": "1"})
    client.post("/sign-in/code/", {"code": story.keep("second code of adam", make.code_for("adam@acme.test"))})
    client.post("/sign-in/second/", {"factor": story.keep("mistyped recovery code", app.recovery[1][::-1])})
    client.post("/sign-in/second/", {"factor": app.recovery[0]})
    story.keep_cookies()


def rescue_codes(story: Story) -> None:
    """Make rescue codes, mistype one, use one."""
    made = shown(make.press(story.browser("olga@acme.test"), f"{CODES}make/", story.team))
    for number, code in enumerate(made):
        story.keep(f"rescue code {number}", code)
    use(story.browser("a stranger"), story.keep("mistyped rescue code", made[1][::-1]))
    use(story.browser("olga with a rescue code"), made[0])
    story.keep_cookies()


def one_time_links(story: Story) -> None:
    """Make a setup link and have it claimed; have an operator make both kinds of sign-in link."""
    path = path_of(make_link(story.browser("olga@acme.test"), story.team))
    story.keep("setup link", path.split("/")[3])
    ben = story.browser("Ben, who holds the setup link")
    ben.get(path)
    ben.post(path)
    otto = make.at_operator_pages(story.browser("otto@vendor.test"))
    for opens, who in (("code", "mia@acme.test"), ("break_glass", "olga@acme.test")):
        url = page(do(otto, "acme", "link", email=who, opens=opens)).xpath("//main//input[@readonly]/@value")[0]
        token = story.keep(f"{opens} link", urlsplit(url).path.split("/")[3])
        story.browser(f"{who} by {opens} link").get(f"/sign-in/link/{token}/")
        story.browser(f"{who} by {opens} link").post(f"/sign-in/link/{token}/")
    token, _row = links.make(make.BY_OPERATOR, "mia@acme.test", "by command")
    Client().post(f"/sign-in/link/{story.keep('mistyped link', token[::-1])}/")
    story.keep_cookies()


def keys_and_webhooks(story: Story) -> None:
    """Make an API key and call with it and with a mistyped one; add a webhook and rotate its secret."""
    olga, team = story.browser("olga@acme.test"), story.team
    key = story.keep("API key", test_panel.shown_key(test_panel.make_key(olga, team)))
    for path in ("/team", "/members", "/events", "/openapi.json"):
        product.Product(key, client=story.client()).get(path)
    product.Product(story.keep("mistyped API key", f"{key[:-2]}xx")).get("/team")
    add(olga, team, url="https://hooks.example.com/in")
    endpoint = Endpoint.every_team.get(team=team)
    story.keep("webhook secret", endpoint.secret)
    make.press(olga, f"/settings/developers/webhooks/{endpoint.pk}/rotate/", team)
    endpoint = Endpoint.every_team.get(pk=endpoint.pk)
    story.keep("second webhook secret", endpoint.secret)


def directory_import(story: Story) -> None:
    """Set a directory import up, and give it another key."""
    team, olga, offered = story.team, make.as_owner(story.team), [Group("g1", "Staff")]
    first, second = (story.keep(f"{which} key of a directory", f"jca_{which}_0123456789abcdef") for which in ("a", "b"))
    source = setting_up.add(team, olga, "HQ", "jumpcloud", Access("practice", first), offered)
    setting_up.set_rules(team, olga, source.pk, setting_up.Rules("HQ", ["g1"]))
    setting_up.replace_key(team, olga, source.pk, Access("practice", second), offered)


def tell(team: Team, **headers: str) -> Story:
    """Live through all of it, every caller saying these headers."""
    story = Story(team, headers={name.replace("_", "-"): value for name, value in headers.items()})
    story.keep("SECRET_KEY", settings.SECRET_KEY)
    story.keep("an encryption key", settings.ENCRYPTION_KEYS[0].partition(":")[2])
    sign_in(story, "olga@acme.test")
    single_sign_on(story)
    provisioning(story)
    rescue_codes(story)
    second_factors(story)
    one_time_links(story)
    keys_and_webhooks(story)
    directory_import(story)
    return story


def spellings(secret: str) -> set[str]:
    """How a secret may stand somewhere: as it is, without its dashes, in a URL, in base64, as JSON text."""
    plain = secret.replace("-", "").replace(" ", "")
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, plain, quote(secret, safe=""), coded[:-1], json.dumps(secret)[1:-1]}

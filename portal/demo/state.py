"""What the practice IdP remembers between requests: its key, its people, the application it is connected to."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from portal.demo.idp import PracticeIdp

ROOT = Path(__file__).resolve().parent.parent.parent
# Where the practice IdP is, and where it keeps what it remembers.
URL = os.environ.get("PRACTICE_IDP_URL", "http://127.0.0.1:8001")
FILE = Path(os.environ.get("PRACTICE_IDP_STATE", ROOT / "var" / "practice_idp.json"))
KEPT = 20

NAMES = (
    "Ada Okafor", "Ben Ferro", "Cleo Martin", "Dmitri Volkov", "Eva Stone", "Farid Haddad",
    "Grace Kim", "Hugo Silva", "Ines Weber", "Jo Park", "Kai Lindqvist", "Lena Åberg",
    "Malik Aziz", "Nora Quinn", "Otto Brandt",
)  # fmt: skip
GROUPS = {"Engineering": ("Ben", "Grace", "Nora", "Otto"), "Sales": ("Eva", "Malik")}

Record = TypeVar("Record")


@dataclass
class Person:
    """Somebody in the practice directory."""

    user_name: str
    email: str
    given_name: str
    family_name: str
    active: bool = True
    # The id the application gave them, once they were pushed.
    scim_id: str = ""

    @property
    def label(self) -> str:
        """The person's whole name."""
        return f"{self.given_name} {self.family_name}"

    @property
    def account(self) -> str:
        """The person's name at this machine's directory, which is no e-mail address."""
        return self.email.partition("@")[0]


@dataclass
class Group:
    """A group of the practice directory; `sent` are the ids the application was last told."""

    name: str
    members: list[str] = field(default_factory=list)
    scim_id: str = ""
    sent: list[str] = field(default_factory=list)


@dataclass
class Exchange:
    """One message and what came back: a SCIM request and its answer, or a SAML request and our response to it."""

    kind: str
    act: str
    what: str
    sent: str
    answer: str
    status: int = 0
    dialect: str = ""
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @property
    def when(self) -> datetime:
        """The moment it happened."""
        return datetime.fromisoformat(self.at)

    @property
    def went_well(self) -> bool:
        """Whether the application answered with success."""
        return 200 <= self.status < 300


@dataclass
class Imported:
    """The people an import brought in, as the application listed them."""

    pages: int
    total: int
    people: list[dict[str, Any]]


@dataclass
class Heard:
    """A webhook's message that came in; `why` is empty where its signature was good."""

    kind: str
    id: str
    body: str
    why: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @property
    def when(self) -> datetime:
        """The moment it came."""
        return datetime.fromisoformat(self.at)


@dataclass
class Message:
    """A response that can be sent once more."""

    acs_url: str
    saml_response: str
    relay_state: str
    who: str


@dataclass
class State:
    """Everything the practice IdP remembers."""

    key_pem: str = ""
    acs_url: str = ""
    audience: str = ""
    # Where the application takes logout messages, and the certificate it has assertions encrypted for.
    slo_url: str = ""
    certificate: str = ""
    scim_url: str = ""
    scim_token: str = ""
    dialect: str = "jumpcloud"
    # What opens the directory's own API, for a directory import.
    api_key: str = "jca_practice_key_of_this_machine"
    # By what the messages of its webhooks are verified.
    webhook_secret: str = ""
    # Whether the application serves groups; None until it was asked.
    serves_groups: bool | None = None
    # Who was last chosen on the page of sign-on tests.
    chosen: str = ""
    people: list[Person] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    log: list[Exchange] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    imported: Imported | None = None
    last_response: Message | None = None

    def idp(self) -> PracticeIdp:
        """Return the identity provider with the key it always had."""
        place = (f"{URL}/metadata", f"{URL}/sso")
        if not self.key_pem:
            self.key_pem = PracticeIdp.make(*place).to_pem()
        idp = PracticeIdp.from_pem(*place, self.key_pem)
        idp.slo_url = f"{URL}/slo"
        return idp

    def person(self, user_name: str) -> Person | None:
        """Find somebody by userName."""
        return next((person for person in self.people if person.user_name == user_name), None)

    def group(self, name: str) -> Group | None:
        """Find a group by its name."""
        return next((group for group in self.groups if group.name == name), None)

    def unpushed(self) -> list[Person]:
        """List who is not at the application yet, newcomers first: the demo team's own are at the list's head."""
        return [person for person in reversed(self.people) if not person.scim_id]

    def keep(self, exchange: Exchange) -> None:
        """Add to the log, newest first."""
        self.log = [exchange, *self.log][:KEPT]

    def hear(self, heard: Heard) -> None:
        """Add a webhook's message, newest first."""
        self.heard = [heard, *self.heard][:KEPT]

    def forget_application(self) -> None:
        """Forget every id and answer an application gave: the next push begins anew."""
        for person in self.people:
            person.scim_id, person.active = "", True
        for group in self.groups:
            group.scim_id, group.sent = "", []
        self.imported = self.last_response = self.serves_groups = None


def demo_state(domain: str = "northwind.test") -> State:
    """Return the demo's directory: fifteen people, more than Northwind has seats, and two groups."""
    people = []
    for name in NAMES:
        given, family = name.split(" ")
        email = f"{given.lower()}@{domain}"
        people.append(Person(email, email, given, family))
    groups = [Group(name, [f"{given.lower()}@{domain}" for given in members]) for name, members in GROUPS.items()]
    return State(people=people, groups=groups)


@contextmanager
def opened() -> Iterator[State]:
    """Open the state for reading and writing, one request at a time; nothing is kept where the block raises."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(FILE.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = read()
        yield state
        fresh = FILE.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(state), file, indent=1)
        # In one step: who reads meanwhile waits for nobody, and never sees half a file.
        fresh.replace(FILE)


def read() -> State:
    """Read the state; a file that is not there, or that nobody can read, is a fresh directory."""
    try:
        raw = json.loads(FILE.read_text())
        return _load(raw) if raw.get("people") else demo_state()
    except (OSError, ValueError, TypeError, AttributeError):
        return demo_state()


def _load(raw: dict[str, Any]) -> State:
    state = _record(State, raw)
    state.people = [_record(Person, each) for each in raw["people"]]
    state.groups = [_record(Group, each) for each in raw["groups"]] if "groups" in raw else demo_state().groups
    state.log = [_record(Exchange, each) for each in raw.get("log", [])]
    state.heard = [_record(Heard, each) for each in raw.get("heard", [])]
    state.imported = _record(Imported, raw["imported"]) if raw.get("imported") else None
    state.last_response = _record(Message, raw["last_response"]) if raw.get("last_response") else None
    return state


def _record(kind: type[Record], raw: dict[str, Any]) -> Record:
    # An older version of the demo may have kept other things.
    return kind(**{each.name: raw[each.name] for each in fields(kind) if each.name in raw})  # type: ignore[arg-type]

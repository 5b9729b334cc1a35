"""What the practice IdP remembers between requests: its key, its people, the application it is connected to."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.demo.idp import PracticeIdp

ROOT = Path(__file__).resolve().parent.parent.parent
# Where the practice IdP is, and where it keeps what it remembers.
URL = os.environ.get("PRACTICE_IDP_URL", "http://127.0.0.1:8001")
FILE = Path(os.environ.get("PRACTICE_IDP_STATE", ROOT / "var" / "practice_idp.json"))

NAMES = (
    "Ada Okafor", "Ben Ferro", "Cleo Martin", "Dmitri Volkov", "Eva Stone", "Farid Haddad",
    "Grace Kim", "Hugo Silva", "Ines Weber", "Jo Park", "Kai Lindqvist", "Lena Åberg",
    "Malik Aziz", "Nora Quinn", "Otto Brandt",
)  # fmt: skip


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


@dataclass
class Exchanged:
    """The last SCIM call: what was sent and what came back."""

    sent: str = ""
    status: int = 0
    answer: str = ""

    @property
    def what(self) -> str:
        """Method and path."""
        return self.sent.partition("\n")[0]


@dataclass
class State:
    """Everything the practice IdP remembers."""

    key_pem: str = ""
    acs_url: str = ""
    audience: str = ""
    scim_url: str = ""
    scim_token: str = ""
    people: list[Person] = field(default_factory=list)
    last: list[Exchanged] = field(default_factory=list)

    def idp(self) -> PracticeIdp:
        """Return the identity provider with the key it always had."""
        place = (f"{URL}/metadata", f"{URL}/sso")
        if not self.key_pem:
            self.key_pem = PracticeIdp.make(*place).to_pem()
        return PracticeIdp.from_pem(*place, self.key_pem)

    def person(self, user_name: str) -> Person | None:
        """Find somebody by userName."""
        return next((person for person in self.people if person.user_name == user_name), None)


def demo_people(domain: str = "northwind.test") -> list[Person]:
    """Return the fifteen people of the demo: more than Northwind has seats."""
    people = []
    for name in NAMES:
        given, family = name.split(" ")
        local = given.lower().encode("ascii", "ignore").decode()
        people.append(Person(f"{local}@{domain}", f"{local}@{domain}", given, family))
    return people


@contextmanager
def opened() -> Iterator[State]:
    """Open the state for reading and writing, one request at a time."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(FILE, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        state = _load(json.loads(text)) if text else State(people=demo_people())
        yield state
        file.seek(0)
        file.truncate()
        json.dump(asdict(state), file, indent=1)


def _load(raw: dict[str, object]) -> State:
    state = State(**raw)  # type: ignore[arg-type]
    state.people = [Person(**person) for person in state.people]  # type: ignore[arg-type]
    state.last = [Exchanged(**one) for one in state.last]  # type: ignore[arg-type]
    return state

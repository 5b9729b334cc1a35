"""The portal's pages in a large team: how long the server takes for each, at the median of some calls."""

from contextlib import ExitStack

from bench import places, saml, table
from bench.load import Call, Target, drive
from bench.work import person, status

PEOPLE, EVENTS = 100_000, 1_000_000
# Rows of the provisioning and the sign-in log, more than one page of either shows.
LINES = 60
PAGES = {
    "overview": "/",
    "members": "/members/",
    "members, a search": "/members/?q=seed4711",
    "members, by last sign-in": "/members/?sort=-sign_in",
    "the search in the top bar": "/search/?q=given99",
    "audit log": "/log/audit/",
    "audit log, of a kind": "/log/audit/?kind=member.updated",
    "audit log, a search": "/log/audit/?q=Somebody+4711",
    "provisioning log": "/log/provisioning/",
    "sign-in log": "/log/sign-ins/",
    "plan": "/settings/plan/",
}


def measure(rounds: int) -> str:
    """Seed a team, sign its owner in, and ask for each page several times by turns, one at a time."""
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        directory = ours.team("bench", PEOPLE, 100)
        places.say("the people are there")
        cookie = ours.seed("events", "bench", EVENTS)
        places.say("the events are there")
        web = Target(ours.portal.url, "", ours.server, ours.database)
        fill_logs(directory, Target(f"{ours.portal.url}/sso/bench", "", ours.server, ours.database))
        calls = {name: [Call(web.build("GET", page, cookie=cookie), status(200))] * 4 for name, page in PAGES.items()}
        runs: dict[str, list[float]] = {name: [] for name in calls}
        cost: dict[str, tuple[float, float]] = {}
        wrong: list[str] = []
        for _ in range(rounds + 1):
            for name, some in calls.items():
                run = drive(web, some, 1)
                runs[name] += run.seconds
                cost[name] = (run.cpu, run.database)
                wrong += [f"{name}: {run.first_error}"] if run.errors else []
    head = ["page", "median ms", "slowest ms", "CPU + db ms"]
    lines = [_line(name, sorted(seconds[4:]), cost[name]) for name, seconds in runs.items()]
    return "\n\n".join([table.markdown(head, lines), *wrong[:3]])


def fill_logs(directory: Target, door: Target) -> None:
    """Fill the first page of both logs by real calls: people pushed and signed in, messages, checks and all."""
    calls = [Call(directory.build("POST", "/Users", person(f"new{n}@bench.test")), status(201)) for n in range(LINES)]
    for run in (drive(directory, calls, 2), *saml.sign_in(door, LINES)[0].values()):
        if run.errors:
            raise SystemExit(f"the logs could not be filled: {run.first_error}")


def _line(name: str, seconds: list[float], cost: tuple[float, float]) -> list[str]:
    middle, most = 1000 * seconds[len(seconds) // 2], 1000 * seconds[-1]
    return [name, f"{middle:.1f}", f"{most:.1f}", f"{cost[0]:.0f} + {cost[1]:.0f}"]

"""Sign-ins by single sign-on: what the message costs at the ACS, and what the browser's coming back costs."""

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median
from urllib.parse import parse_qsl, quote, urlsplit

from bench import places, table
from bench.load import Answer, Call, Run, Target, drive
from bench.work import status
from portal.demo.idp import AuthnRequestInfo, read_request

MAIL = {"email": "{}", "firstName": "Given", "lastName": "Family"}


def measure(logins: int, rounds: int) -> str:
    """Sign people in for the first time, then as known ones; send every message again, and altered: none may get in."""
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        ours.team("bench", 500, 10)
        web = Target(f"{ours.portal.url}/sso/bench", "", ours.server, ours.database)
        sign_in(web, 10)
        runs: dict[str, list[Run]] = {"login": [], "ACS": [], "finish, the first time": [], "finish": []}
        again: list[Run] = []
        for number in range(rounds + 1):
            found, posts = sign_in(web, logins)
            for name, run in found.items():
                runs["finish, the first time" if name == "finish" and not number else name].append(run)
            again = [drive(web, posts, 2), drive(web, list(_altered(posts)), 2)]
    entered = [sum(answer is not None and "ticket=" in _to(answer) for answer in run.answers) for run in again]
    head = ["", "a second", "CPU ms", "db CPU ms", "p50 ms", "p99 ms", "errors"]
    lines = [[name, *_figures(some)] for name, some in runs.items()]
    told = f"Messages sent again that were taken: {entered[0]}; altered ones: {entered[1]} (of {logins} each)."
    errors = [run.first_error for some in runs.values() for run in some if run.errors][:1]
    return "\n\n".join([table.markdown(head, lines), told, *errors])


def sign_in(web: Target, count: int) -> tuple[dict[str, Run], list[Call]]:
    """Begin, post the messages, come back: each step for all of them at once, so that each has its own cost."""
    begun = drive(web, [Call(web.build("GET", "/login"), status(302))] * count)
    sent, cookies = [], []
    for number, answer in enumerate(begun.answers):
        if answer is not None and answer.status == 302:
            asked = read_request(dict(parse_qsl(urlsplit(_to(answer)).query)))
            cookies.append("; ".join(each.partition(";")[0] for each in answer.headers("Set-Cookie")))
            sent.append(_message(asked, f"seed{number % 500}@bench.test"))
    posts = [Call(web.build("POST", "/acs", form=form), _has_ticket) for form in sent]
    received = drive(web, posts, 4)
    where = [_to(answer).partition("/sso/bench")[2] for answer in received.answers if answer is not None]
    pairs = zip(where, cookies, strict=True)
    back = [Call(web.build("GET", path, cookie=cookie), _is_in) for path, cookie in pairs]
    return {"login": begun, "ACS": received, "finish": drive(web, back, 4)}, posts


def _message(asked: AuthnRequestInfo, email: str) -> bytes:
    response = places.IDP.respond(
        acs_url=asked.acs_url, audience=asked.issuer, in_response_to=asked.id, name_id=email,
        attributes={name: value.format(email) for name, value in MAIL.items()},
    )  # fmt: skip
    return f"SAMLResponse={quote(response, safe='')}&RelayState={quote(asked.relay_state)}".encode()


def _altered(posts: list[Call]) -> Iterator[Call]:
    """Change one letter in the middle of each message."""
    for post in posts:
        place = len(post.data) * 2 // 3
        letter = b"B" if post.data[place : place + 1] == b"A" else b"A"
        yield Call(post.data[:place] + letter + post.data[place + 1 :], post.right)


def _to(answer: Answer) -> str:
    return (answer.headers("Location") or [""])[0]


def _has_ticket(answer: Answer) -> bool:
    return answer.status == 303 and "ticket=" in _to(answer)


def _is_in(answer: Answer) -> bool:
    return answer.status == 302 and _to(answer).endswith("/")


def _figures(runs: list[Run]) -> list[str]:
    p50, p99 = (median(run.quantile(share) for run in runs) for share in (0.5, 0.99))
    cost = [f"{median(run.cpu for run in runs):.2f}", f"{median(run.database for run in runs):.2f}"]
    return [
        f"{median(run.rate for run in runs):.0f}",
        *cost,
        f"{p50:.1f}",
        f"{p99:.1f}",
        str(sum(r.errors for r in runs)),
    ]

"""`python -m tests.mutation [MODULE…] [--every N] [--least PERCENT] [--out FILE]`: break rules; is it seen?

Why a runner of our own: docs/decisions/0030.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Judge the modules one after the other, each in a fresh process, on a database that is migrated once."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(TARGETS)}")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutant")
    parser.add_argument("--least", type=float, default=0, help="fail where a module's score is lower, in percent")
    parser.add_argument("--out", type=Path, help="keep the scores in this JSON file")
    asked, low = parser.parse_args(), []
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "migrated.sqlite3"
        env = os.environ | {"SEATGATE_TEST_TEMPLATE": str(template), "PYTHONDONTWRITEBYTECODE": "1"}
        plain = {"DATABASE_URL": f"sqlite:///{template}", "SEATGATE_DEMO": "1"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env | plain, check=True)
        for module in asked.modules or TARGETS:
            code = (
                f"import json\nfrom tests.mutation.run import score\nfound = score({module!r}, every={asked.every})\n"
            )
            code += "print(json.dumps(vars(found)))"
            done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
            if tell(json.loads(done.stdout.splitlines()[-1]), asked.every, asked.out) < asked.least:
                low.append(module)
    if low:
        raise SystemExit(f"Less than {asked.least:g} % was seen by the tests of {', '.join(low)}.")


def tell(found: dict[str, object], every: int, out: Path | None) -> float:
    """Print one module's score, keep it, and return it in percent."""
    survived, unseen = list(found["survived"]), list(found["unseen"])  # type: ignore[call-overload]
    killed = int(str(found["killed"]))
    total = killed + len(survived) + len(unseen)
    score = 100 * killed / total
    print(f"{found['module']:28}{killed:5} of {total:4}  {score:5.1f} %  ({len(unseen)} never run)")
    if out is not None:
        kept = json.loads(out.read_text()) if out.exists() else {}
        kept[str(found["module"])] = {"killed": killed, "of": total, "every": every, "survived": survived + unseen}
        out.write_text(json.dumps(kept, indent=2) + "\n")
    return score


if __name__ == "__main__":
    main()

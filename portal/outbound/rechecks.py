"""The daily look at the DNS records of verified domains."""

from portal.outbound import records
from portal.teams import proofs

# So often in a row no server could tell: they are down, and the worker has mail to send.
ENOUGH = 3


def recheck_due() -> int:
    """Look for the records that were not looked for today; returns how many were."""
    looked = in_the_dark = 0
    for row in proofs.take_due():
        found = records.holds(row.record, row.record_value)
        proofs.recheck(row, found)
        looked += 1
        in_the_dark = in_the_dark + 1 if found is None else 0
        if in_the_dark == ENOUGH:
            break
    return looked

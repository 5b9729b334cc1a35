"""Every module of acts, so that the sentence of each kind of event is known to whoever draws the journal."""

from portal.teams import (
    domains,
    founding,
    links,
    owners,
    policy,
    proofs,
    proposed_domain,
    refused,
    rescue,
    roster,
    seats,
    setup,
)

ACTS = (domains, founding, links, owners, policy, proofs, proposed_domain, refused, rescue, roster, seats, setup)

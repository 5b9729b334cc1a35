"""Every module of acts, so that the sentence of each kind of event is known to whoever draws the journal."""

from portal.teams import (
    domains,
    factors,
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
    second_factor,
    setup,
)
from portal.teams.registry import registry

ACTS = (
    domains, founding, links, owners, policy, proofs, proposed_domain, refused, rescue, roster, seats, second_factor,
    setup,
)  # fmt: skip
registry.clean_ups.append(factors.forget_gone)

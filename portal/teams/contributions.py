"""Every module of acts, so that the sentence of each kind of event is known to whoever draws the journal."""

from portal.teams import (
    domains,
    factors,
    founding,
    links,
    owners,
    plans,
    policy,
    proofs,
    proposed_domain,
    refused,
    rescue,
    roster,
    seat_requests,
    seats,
    second_factor,
    second_rule,
    setup,
    troubles,
)
from portal.teams.registry import registry

ACTS = (
    domains,
    founding,
    links,
    owners,
    plans,
    policy,
    proofs,
    proposed_domain,
    refused,
    rescue,
    roster,
    seat_requests,
    seats,
    second_factor,
    second_rule,
    setup,
)
registry.troubles += troubles.TROUBLES
registry.clean_ups.append(factors.forget_gone)

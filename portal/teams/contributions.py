"""Every module of acts, so that the sentence of each kind of event is known to whoever draws the journal."""

from portal.teams import (
    domains,
    factors,
    founding,
    journal,
    links,
    owners,
    plans,
    policy,
    proofs,
    proposed_domain,
    refused,
    rescue,
    retention,
    roster,
    seat_requests,
    seats,
    second_factor,
    second_rule,
    setup,
    time_zone,
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
    retention,
    roster,
    seat_requests,
    seats,
    second_factor,
    second_rule,
    setup,
    time_zone,
)
registry.troubles += troubles.TROUBLES
registry.clean_ups += [factors.forget_gone, retention.purge]
registry.daily.append(journal.check_due)
registry.sealed_elsewhere.append(second_factor.sealed_values)
registry.retentions += [retention.JOURNAL, retention.CLOSED_TEAMS, retention.LETTERS]

"""Every module of acts, so that the sentence of each kind of event is known to whoever draws the journal."""

from portal.teams import (
    domains,
    errands,
    factors,
    founding,
    journal,
    links,
    notice_kinds,
    notice_rules,
    notices,
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
    errands,
    founding,
    links,
    notice_rules,
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
registry.clean_ups += [factors.forget_gone, notices.purge, retention.purge]
registry.daily += [journal.check_due, notices.settle_due]
registry.notices |= {kind.name: kind for kind in notice_kinds.KINDS}
registry.sealed_elsewhere.append(second_factor.sealed_values)
registry.retentions += [retention.JOURNAL, retention.CLOSED_TEAMS, retention.LETTERS]

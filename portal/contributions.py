"""What the portal itself looks at when the doctor is called, in the order a person would ask."""

from portal.doctor import configuration, surroundings
from portal.teams.registry import registry

registry.doctors += [
    configuration.keys, configuration.address, configuration.static_files, configuration.disk, surroundings.mail,
    surroundings.database, configuration.sealed_values, surroundings.clock, surroundings.shared_cache,
    surroundings.worker,
]  # fmt: skip

"""What the portal itself looks at when the doctor is called, in the order a person would ask."""

from portal.doctor import configuration, services
from portal.teams.registry import registry

registry.doctors += [
    configuration.keys, configuration.address, configuration.static_files, configuration.disk, services.mail,
    services.database, configuration.sealed_values, services.clock, services.shared_cache, services.worker,
]  # fmt: skip

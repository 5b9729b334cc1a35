"""Every act of the product, found in its code; a new one is found by itself."""

import importlib
import pkgutil
from types import FunctionType
from typing import Any

from portal.teams import acts as acts_file

HOUSE = ("portal", "sso", "scim")
# No place for acts; the practice site can't be imported outside the demo.
APART = (".migrations", ".management.", "portal.wsgi", "portal.demo")
# What `@act` makes of a function: all of them share this code.
RUN = acts_file.act(lambda act: None).__code__


def acts() -> dict[str, FunctionType]:
    """Find every function under `@act`, whatever else it is wrapped in, by the name of its module and its own."""
    found: dict[str, FunctionType] = {}
    for app in HOUSE:
        package = importlib.import_module(app)
        for info in pkgutil.walk_packages(package.__path__, f"{app}."):
            if any(part in info.name for part in APART):
                continue
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, FunctionType) and value.__module__ == info.name and is_act(value):
                    found[f"{info.name}.{name}"] = value
    return found


def is_act(function: Any) -> bool:
    """Say whether a function is an act, under whatever wrapping."""
    while function is not None:
        if getattr(function, "__code__", None) is RUN:
            return True
        function = getattr(function, "__wrapped__", None)
    return False

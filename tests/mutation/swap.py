"""A mutant put in the place of a module that is loaded already: every living function of it gets the broken code."""

import ast
import gc
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from types import CodeType, FunctionType

from portal.teams.compiled import Select, Update

Key = tuple[str, int]
OURS = ("portal.", "sso.", "scim.")
_Cached = type(lru_cache(lambda: None))


def codes(code: CodeType) -> dict[Key, CodeType]:
    """Every code of a module's functions, by name and first line."""
    found: dict[Key, CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= {(constant.co_qualname, constant.co_firstlineno): constant, **codes(constant)}
    return found


def living(file: str) -> list[FunctionType]:
    """Every function of a file: wherever somebody imported one to, under whatever decorator, it is the same object."""
    # By its very type: `isinstance` would wake lazy objects, which then fail.
    return [each for each in gc.get_objects() if type(each) is FunctionType and each.__code__.co_filename == file]


def put_in(tree: ast.Module, file: str, functions: list[FunctionType]) -> int:
    """Give a file's functions the code of a mutant; returns how many there were."""
    broken = codes(compile(tree, file, "exec"))
    changed = 0
    for each in functions:
        key = (each.__code__.co_qualname, each.__code__.co_firstlineno)
        if key in broken:
            each.__code__ = broken[key]
            changed += 1
    return changed


@cache
def _memories(_modules: int) -> list[Callable[[], None]]:
    """What empties each memory of the code, by how much is loaded: statements compiled once, and answers kept."""
    found: list[Callable[[], None]] = []
    for each in gc.get_objects():
        if type(each) in (Select, Update):
            found.append(each.by_engine.clear)
        elif type(each) is _Cached and str(each.__module__).startswith(OURS):
            found.append(each.cache_clear)
    return found


def forget() -> None:
    """Let what was remembered be made anew, by whatever code is there now."""
    for empty in _memories(len(sys.modules)):
        empty()

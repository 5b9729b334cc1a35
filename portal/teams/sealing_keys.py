"""Which keys are needed to open what is sealed, wherever it lies."""

from collections import Counter

from django.db import models
from django.db.models import Count, Value
from django.db.models.functions import StrIndex, Substr

from portal.teams.registry import registry
from portal.teams.sealed import columns


def in_use() -> dict[str, int]:
    """Count the sealed values by the id of the key that sealed them: those keys a restore needs."""
    counted: Counter[str] = Counter()
    for model, name in columns():
        key_id = Substr(name, 1, StrIndex(name, Value(":")) - 1, output_field=models.CharField())
        rows = model._base_manager.exclude(**{name: ""}).annotate(key_id=key_id).values_list("key_id")
        counted.update(dict(rows.annotate(n=Count("pk")).order_by()))
    for elsewhere in registry.sealed_elsewhere:
        counted.update(sealed.partition(":")[0] for sealed in elsewhere())
    return dict(counted)

"""What the worker writes about itself."""

from django.db import models

from portal.teams.tenancy import new_id


class Worker(models.Model):
    """A worker process and when it was last seen at work; rows of those that ended go after a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # Null while it works, and for ever where it was killed.
    stopped_at = models.DateTimeField(null=True)

    objects: models.Manager["Worker"] = models.Manager()

    def __str__(self) -> str:
        return f"{self.host} ({self.pid})"

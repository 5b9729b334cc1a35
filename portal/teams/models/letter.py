"""A mail to be sent: a row first, so that nothing is lost when a process dies or the mail server is down."""

from django.db import models

from portal.teams.sealed import SealedTextField
from portal.teams.tenancy import new_id
from portal.teams.work import WorkRow


class Letter(WorkRow):
    """One mail: which template, to whom, with what words. The worker sends it and then forgets its words."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    to = models.CharField(max_length=320)
    # JSON; sealed because a sign-in mail holds a code.
    words = SealedTextField(blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    objects: models.Manager["Letter"] = models.Manager()

    class Meta(WorkRow.Meta): ...

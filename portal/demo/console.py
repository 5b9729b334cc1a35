"""Mail in the demo: one line on the terminal, the whole of it in the outbox."""

import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Prints whom a mail would go to and what it says in its subject."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Print a line a mail."""
        for message in email_messages:
            sys.stdout.write(
                f"Mail to {', '.join(message.to)}: {message.subject}  ({settings.BASE_URL}/demo/outbox/)\n"
            )
        return len(email_messages)

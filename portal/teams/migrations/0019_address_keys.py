"""Addresses that sign in are told apart by their mailbox: straße.de and strasse.de are two domains."""

from django.db import migrations

from portal.teams.folding import fold_address


def tell_apart(apps, schema_editor):
    """Fold anew the addresses whose finer key may differ; plain ASCII ones fold as they did."""
    members = apps.get_model('teams', 'Member')._base_manager
    for pk, email, key in members.values_list('pk', 'sign_in_email', 'sign_in_email_key').iterator():
        if fold_address(email) != key:
            members.filter(pk=pk).update(sign_in_email_key=fold_address(email))
    users = apps.get_model('teams', 'User')._base_manager
    for user in users.order_by('created_at'):
        key = fold_address(user.email)
        # Of two spellings of one mailbox the first keeps it; the other is asked for by nothing any more.
        if key != user.email_key and not users.filter(email_key=key).exists():
            users.filter(pk=user.pk).update(email_key=key)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0018_waiting_in_words'),
    ]

    operations = [
        migrations.RunPython(tell_apart, migrations.RunPython.noop),
    ]

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q


def settle(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A letter that was sent is due no longer; one that was given up is dead."""
    letters = apps.get_model('teams', 'Letter').objects
    letters.filter(sent_at__isnull=False).update(due_at=None, leased_until=None)
    letters.filter(sent_at=None, attempts__gte=8).update(due_at=None, leased_until=None, dead_at=F('made_at'))


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0006_domain_drafts'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='letter', name='letter_due'),
        migrations.RenameField(model_name='letter', old_name='error', new_name='trouble'),
        migrations.AlterField(
            model_name='letter',
            name='trouble',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(model_name='letter', name='dead_at', field=models.DateTimeField(null=True)),
        migrations.AlterField(model_name='letter', name='due_at', field=models.DateTimeField(null=True)),
        migrations.RunPython(settle, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=Q(due_at__isnull=False), fields=['due_at'], name='letter_due'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=Q(dead_at__isnull=False), fields=['dead_at'], name='letter_dead'),
        ),
    ]

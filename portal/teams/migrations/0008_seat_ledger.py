# What changed the number of seats, a day at a time (decision 0017).

import django.db.models.deletion
import django.db.models.manager
import portal.teams.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0007_letters_as_work'),
    ]

    operations = [
        migrations.CreateModel(
            name='SeatDay',
            fields=[
                ('id', models.UUIDField(default=portal.teams.tenancy.new_id, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('door', models.CharField(max_length=20)),
                ('actor_id', models.CharField(blank=True, max_length=64)),
                ('actor', models.CharField(max_length=320)),
                ('seated', models.PositiveIntegerField(default=0)),
                ('freed', models.PositiveIntegerField(default=0)),
                ('bought', models.IntegerField(default=0)),
                ('last_at', models.DateTimeField()),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seat_days', to='teams.team')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'every_team',
                'default_manager_name': 'every_team',
                'indexes': [models.Index(fields=['team', 'day', 'last_at'], name='seat_day_order')],
                'constraints': [models.UniqueConstraint(fields=('team', 'day', 'door', 'actor_id', 'actor'), name='seat_day_once')],
            },
            managers=[
                ('every_team', django.db.models.manager.Manager()),
            ],
        ),
    ]

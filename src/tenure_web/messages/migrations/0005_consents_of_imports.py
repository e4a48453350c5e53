from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0004_reaction_step'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='consent',
            name='one_word_on_consent_at_a_time',
        ),
        migrations.AddField(
            model_name='consent',
            name='import_id',
            field=models.IntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('import_id__isnull', False)), fields=['import_id'], name='consents_of_imports'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'undone'), _negated=True), fields=('channel', 'address', 'source_key', 'state', 'at'), name='one_word_on_consent_at_a_time'),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_next_order'),
    ]

    operations = [
        migrations.AddField(
            model_name='state',
            name='stake',
            field=models.BigIntegerField(null=True),
        ),
    ]

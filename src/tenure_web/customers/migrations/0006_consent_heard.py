"""How far the store was when everybody was done, and up to which word on consent the segments were made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_forecasts")]

    operations = [
        migrations.AddField(
            model_name="syncmark",
            name="base",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="syncmark",
            name="consent",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
    ]

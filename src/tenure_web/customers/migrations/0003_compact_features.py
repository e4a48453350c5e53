"""Features are written compact from now on; what stands stays as it is until it changes."""

from django.db import migrations, models

import tenure_web.customers.models


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_syncmark_ingest")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="feature",
                    name="values",
                    field=models.JSONField(default=dict, encoder=tenure_web.customers.models.Compact),
                )
            ]
        )
    ]

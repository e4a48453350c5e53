from typing import Any

from django.db import migrations, models

FIRST_SIGN = 0x4E00


def fill(apps: Any, editor: Any) -> None:
    """The letters of the stages that people are in, as the next sync writes them."""
    letter, joined = ("char", "group_concat(letter, '')") if editor.connection.vendor == "sqlite" else ("chr", "string_agg(letter, '')")
    editor.execute(
        f"UPDATE customers_state SET stages = coalesce((SELECT {joined} FROM (SELECT {letter}({FIRST_SIGN} + stage) AS"
        " letter FROM customers_place AS p WHERE p.customer_key = customers_state.customer_key ORDER BY lifecycle) AS"
        " listed), '')"
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_health_and_since")]

    operations = [
        migrations.AddField(
            model_name="state",
            name="stages",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(fields=["stages", "last_order_at", "customer_key"], name="customers_s_stages_35ba36_idx"),
        ),
    ]

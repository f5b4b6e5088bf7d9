from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("console", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="via",
            field=models.CharField(
                choices=[("console", "Console"), ("command", "command line"), ("api", "API")], max_length=8
            ),
        ),
    ]

from django.db import migrations

from inbox.causes import cause

PAGE = 1000


def fill(apps, schema_editor):
    """Page by page and without the bodies: there may be many letters."""
    letters = apps.get_model("inbox", "DeadLetter").objects
    after = 0
    while page := list(letters.filter(id__gt=after).order_by("id").only("id", "reason", "error")[:PAGE]):
        for letter in page:
            letter.cause = cause(reason=letter.reason, error=letter.error)
        letters.bulk_update(page, ["cause"], batch_size=200)
        after = page[-1].id


class Migration(migrations.Migration):

    dependencies = [
        ("inbox", "0004_cause"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]

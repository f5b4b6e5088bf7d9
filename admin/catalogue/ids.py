"""Ids are never given twice; only a restored backup can make the database forget which ones it gave."""

from django.db import connection

SKIP = {
    "sqlite": (
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'catalogue_product', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'catalogue_product')",
        "UPDATE sqlite_sequence SET seq = MAX(seq, {to}) WHERE name = 'catalogue_product'",
    ),
    # MariaDB ignores a number that is not above every id that is there.
    "mysql": ("ALTER TABLE catalogue_product AUTO_INCREMENT = {to}",),
    "postgresql": (
        "SELECT setval(sequence, GREATEST({to}, nextval(sequence)))"
        " FROM pg_get_serial_sequence('catalogue_product', 'id') AS sequence",
    ),
}


def skip_ids(*, to: int) -> None:
    """From now on new products get higher ids than this; a counter that is higher already stays."""
    number = to + 1 if connection.vendor == "mysql" else to  # the others count the last one given
    with connection.cursor() as cursor:
        for statement in SKIP[connection.vendor]:
            cursor.execute(statement.format(to=int(number)))

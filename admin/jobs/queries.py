from collections import Counter

from django.db.models import Count

from jobs.kinds import queues
from jobs.models import Job, State


def counts() -> Counter[tuple[str, str]]:
    """How many jobs there are, by queue and state; each pair is there."""
    found: Counter[tuple[str, str]] = Counter({(queue, state): 0 for queue in queues() for state in State.values})
    for queue, state, count in Job.objects.order_by().values_list("queue", "state").annotate(Count("pk")):
        found[queue, state] = count
    return found

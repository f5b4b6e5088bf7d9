"""Stop and go for all processes of a role: a row that each of them sees with its next heartbeat."""

from django.utils import timezone

from processes.models import Pause


def pause(*, role: str, by: str, reason: str = "") -> bool:
    """Whether that changed anything; who paused first stays named."""
    _, is_new = Pause.objects.get_or_create(
        role=role, defaults={"paused_at": timezone.now(), "by": by[:200], "reason": reason[:200]}
    )
    return is_new


def resume(*, role: str) -> bool:
    """Whether it was paused."""
    return Pause.objects.filter(role=role).delete()[0] > 0

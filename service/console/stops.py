"""What keeps every event from going on: told from admin towards the copy, the first one only."""

from console import facts
from console.halves import Half, Halves, Process
from console.levels import Level, Verdict
from console.words import clock, counted, seconds_since

TAKING_OVER = 30.0  # seconds in which a standby has the lease, when the active relay has died
START = {
    "relay": "Start it where admin runs: python manage.py relay (make run and compose do so by themselves).",
    "consumer": "Start it where service runs: python consumer.py (make run and compose do so by themselves).",
}
NOTHING_LOST = "Events wait in the outbox meanwhile; none is lost."


def first(halves: Halves) -> Verdict | None:
    for rule in (modes, relay_paused, broker, relay, consumer_paused, source, consumer, queue):
        if sentence_and_advice := rule(halves):
            sentence, advice = sentence_and_advice
            return Verdict(Level.BAD, f"Stopped: {sentence}", advice)
    return None


Found = tuple[str, str] | None


def modes(halves: Halves) -> Found:
    said = {half.mode for half in halves.known}
    if said != {"broker", "embedded"}:
        return None
    return (
        "one side uses a broker, the other one does not",
        "Set the same BROKER_URL for admin, relay, service and consumer, or for none of them.",
    )


def relay_paused(halves: Halves) -> Found:
    return None if halves.is_embedded else _paused(halves.admin, "relay", halves)


def consumer_paused(halves: Halves) -> Found:
    return _paused(halves.service, "consumer", halves)


def _paused(half: Half | None, role: str, halves: Halves) -> Found:
    if half is None or half.paused is None:
        return None
    pause = half.paused
    reason = f": {pause.reason}" if pause.reason else ""
    return (
        f"the {role} was paused by {pause.by or 'somebody'} at {clock(pause.at, halves.now)}{reason}",
        f"Resume it on {half.side}'s sync page, or with manage.py resume there.",
    )


def broker(halves: Halves) -> Found:
    """As relay, consumer or service's pages see it."""
    if halves.is_embedded:
        return None
    seen = halves.service.broker if halves.service else None
    cut_off = facts.cut_off(halves.admin) or facts.cut_off(halves.service)
    if not cut_off and (seen is None or seen.is_reachable):
        return None
    since = f" since {clock(cut_off.since, halves.now)}" if cut_off and cut_off.since else ""
    why = cut_off.said if cut_off and cut_off.said else seen.error if seen else ""
    said = f" What is said: {why}." if why else ""
    return f"broker unreachable{since}", f"Start the broker, or mend BROKER_URL.{said} {NOTHING_LOST}"


def relay(halves: Halves) -> Found:
    if halves.admin is None or halves.is_embedded:
        return None
    if not halves.admin.running:
        return _nobody("relay", halves.admin.processes, halves)
    standing_by = [process for process in halves.admin.running if process.state == "standing_by"]
    waited = min(((seconds_since(process.since, halves.now) or 0) for process in standing_by), default=0)
    if len(standing_by) < len(halves.admin.running) or waited < TAKING_OVER:
        return None
    stand = counted(len(standing_by), "relay stands by", "relays stand by")
    return (
        f"no relay is active, {stand}",
        "The lease is held by one that is not seen here: look for a relay of another host, or end them and start one.",
    )


def source(halves: Halves) -> Found:
    """Without a broker the consumer asks admin."""
    cut_off = facts.cut_off(halves.service)
    if not cut_off or not halves.is_embedded:
        return None
    why = f" The consumer says: {cut_off.said}." if cut_off.said else ""
    return (
        f"service cannot reach admin since {clock(cut_off.since, halves.now)}",
        f"Start admin, or mend service's ADMIN_URL and ADMIN_TOKEN.{why} {NOTHING_LOST}",
    )


def consumer(halves: Halves) -> Found:
    if halves.service is None or halves.service.running:
        return None
    return _nobody("consumer", halves.service.processes, halves)


def _nobody(role: str, last: list[Process], halves: Halves) -> Found:
    seen = max((process.beat_at for process in last if process.beat_at), default=None)
    sign = f"last sign {clock(seen, halves.now)}" if seen else "none has in the last day"
    return f"no {role} runs ({sign})", START[role]


def queue(halves: Halves) -> Found:
    if halves.service is None or halves.is_embedded or halves.service.broker is None:
        return None
    seen = halves.service.broker
    if seen.ready is None:
        return "the broker has no queue for service", "The consumer declares it when it starts: restart the consumer."
    if seen.consumers == 0:
        return (
            "nobody takes from service's queue",
            "A consumer runs and is not subscribed: its log says why. Restart it when it says nothing.",
        )
    return None

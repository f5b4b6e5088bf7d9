"""The mechanisms that the promises stand on, each with a way to break it and the test that must notice."""

from dataclasses import dataclass

FAULTS = "faults[all]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    name: str
    changes: tuple[tuple[str, str, str], ...]  # file, what stands there once, what stands there then
    suite: str
    test: str


PROJECTION = "service/replica/projection.py"
CONSUMER = "service/inbox/consumer.py"
MUTATIONS = (
    Mutation(
        name="the version guard is dropped",
        changes=(
            (
                PROJECTION,
                "fresh = [change for change in newest.values() if change.data.version > held.get(change.data.id, 0)]",
                "fresh = list(newest.values())",
            ),
            (PROJECTION, "IF(VALUES(version)>version,VALUES({name}),{name})", "VALUES({name})"),
        ),
        suite=FAULTS,
        test="test_a_time_in_the_future_brings_no_older_version_back",
    ),
    Mutation(
        name="the tombstone is dropped",
        changes=(
            (
                PROJECTION,
                "    _upsert(fresh)\n",
                "    _upsert(fresh)\n"
                "    Product.objects.filter(id__in=[one.data.id for one in fresh if one.is_deletion]).delete()\n",
            ),
        ),
        suite="service[sqlite]",
        test="test_a_late_update_does_not_bring_a_deleted_product_back",
    ),
    Mutation(
        name="a batch is acknowledged before its commit",
        changes=(
            (
                CONSUMER,
                "            outcomes = self._apply(deliveries)\n            self._source.acknowledge()\n",
                "            self._source.acknowledge()\n            self._source.wait(seconds=0.1)\n"
                "            outcomes = self._apply(deliveries)\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_batch_killed_before_its_commit_leaves_nothing_and_is_applied_once",
    ),
    Mutation(
        name="confirms are not waited for",
        changes=(
            (
                "admin/outbox/publisher.py",
                "            self._await_confirms(beat)\n",
                "            self._outcomes.confirmed = [event.id for event in self._awaited.values()]\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_connection_cut_at_any_byte_of_publish_and_confirm_loses_nothing",
    ),
    Mutation(
        name="mandatory is dropped",
        changes=(("admin/outbox/publisher.py", "mandatory=True", "mandatory=False"),),
        suite="admin[sqlite]",
        test="test_what_no_queue_took_stays_and_says_why",
    ),
    Mutation(
        name="a relay deletes without proving its lease",
        changes=(("admin/outbox/relay.py", "            self._lease.renew()\n", ""),),
        suite=FAULTS,
        test="test_a_relay_that_was_paused_past_its_lease_settles_nothing_any_more",
    ),
    Mutation(
        name="the event is written outside of the change's transaction",
        changes=(
            (
                "admin/outbox/writer.py",
                "    OutboxEvent.objects.bulk_create((_row(event) for event in events), batch_size=ROWS_PER_INSERT)\n",
                "    rows = [_row(event) for event in events]\n"
                "    transaction.on_commit(lambda: OutboxEvent.objects.bulk_create(rows))\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_web_killed_in_the_middle_leaves_change_and_event_or_neither",
    ),
    Mutation(
        name="a failing batch is not bisected",
        changes=(
            (
                "service/inbox/processor.py",
                "            if len(items) == 1:\n",
                "            if items:\n",
            ),
        ),
        suite=FAULTS,
        test="test_an_event_that_cannot_be_applied_is_set_aside_and_its_neighbours_are_applied",
    ),
    Mutation(
        name="a new connection takes many messages at once",
        changes=(
            (
                "service/inbox/sources/amqp/source.py",
                "self._subscribe(prefetch=1, done=done)",
                "self._subscribe(prefetch=1000, done=done)",
            ),
        ),
        suite=FAULTS,
        test="test_an_event_that_kills_the_consumer_is_set_aside_alone",
    ),
    Mutation(
        name="a batch goes back at once when the database is down",
        changes=((CONSUMER, "if self._is_stopping or time.monotonic() > deadline:", "if deadline:"),),
        suite=FAULTS,
        test="test_a_batch_is_held_through_an_outage_of_the_database",
    ),
    Mutation(
        name="what is on its way counts as drift",
        changes=(
            (
                "service/inbox/subscription.py",
                "    return (oldest == 0 or oldest > mark) and not queue.depth()\n",
                "    return True\n",
            ),
        ),
        suite="service[sqlite]",
        test="test_what_waits_in_the_outbox_or_in_the_queue_is_not_told_for_drift",
    ),
    Mutation(
        name="a copy is filled before it subscribes",
        changes=(("service/inbox/subscription.py", "        queue.declare()\n", ""),),
        suite="service[sqlite]",
        test="test_a_late_subscriber_declares_its_queue_is_filled_and_follows",
    ),
)

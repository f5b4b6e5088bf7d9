"""The mechanisms that the promises stand on, each with a way to break it and the test that must notice."""

from tests.mutations.mutation import Mutation
from tests.mutations.of_jobs import OF_JOBS

FAULTS = "faults[all]"
PROJECTION = "service/replica/projection.py"
CONSUMER = "service/inbox/consumer.py"
RELAY = "admin/outbox/relay.py"
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
        test="test_a_connection_cut_anywhere_in_publish_and_confirm_loses_nothing",
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
                "        _insert(rows[start : start + ROWS_PER_INSERT])\n",
                "        transaction.on_commit(lambda start=start: _insert(rows[start : start + ROWS_PER_INSERT]))\n",
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
    Mutation(
        name="a dead letter leaves its queue before another has it",
        changes=(("service/inbox/topology.py", '"x-dead-letter-strategy": "at-least-once"', '"x-max-length": 1000'),),
        suite=FAULTS,
        test="test_what_should_go_to_a_dead_letter_queue_that_is_missing_stays_until_it_is_there",
    ),
    Mutation(
        name="a cancelled consumer does not subscribe again",
        changes=(
            (
                "service/inbox/sources/amqp/source.py",
                "            lambda _: self._connection.fail(\n",
                "            lambda _: repr(\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_deleted_queue_is_declared_and_consumed_again",
    ),
    Mutation(
        name="the relay's waits do not grow",
        changes=((RELAY, "0.25 * 2 ** min(attempts, 20)", "0.25"),),
        suite=FAULTS,
        test="test_what_a_full_queue_refuses_waits_and_is_tried_again_ever_later",
    ),
    Mutation(
        name="a database that hangs is waited for without end",
        changes=(("admin/config/databases.py", '        "read_timeout": TIMEOUT_SECONDS,\n', ""),),
        suite=FAULTS,
        test="test_requests_to_a_database_that_hangs_end_in_bounded_time_and_free_their_workers",
    ),
    Mutation(
        name="the lease goes by the host's clock",
        changes=(
            (
                "admin/outbox/lease.py",
                "from django.db.models.functions import Now\n",
                "from django.utils.timezone import now as Now\n",
            ),
            (
                "admin/outbox/lease.py",
                "later = Now() + timedelta(seconds=seconds)",
                "later = models.Value(Now() + timedelta(seconds=seconds))",
            ),
        ),
        suite=FAULTS,
        test="test_a_host_whose_clock_is_wrong_neither_takes_the_lease_nor_delays_an_event",
    ),
    Mutation(
        name="an event that the broker refuses is never held aside",
        changes=(
            (RELAY, "is_held = reason is Reason.REFUSED and attempts >= self._conf.hold_after", "is_held = False"),
        ),
        suite="admin[sqlite]",
        test="test_it_is_held_aside_after_some_attempts",
    ),
    Mutation(
        name="the relay has no heartbeat",
        changes=(
            (
                "admin/outbox/broker.py",
                "            if node.heartbeat is None:\n                node.heartbeat = HEARTBEAT_SECONDS\n",
                "            node.heartbeat = 0\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_half_open_connection_of_the_relay_is_noticed_by_heartbeats",
    ),
    Mutation(
        name="the broker's certificate is not checked",
        changes=(
            (
                "admin/outbox/broker.py",
                "            if node.ssl_options and not node.ssl_options.context.check_hostname:\n"
                "                raise ImproperlyConfigured(UNVERIFIED_URL)\n",
                "            if node.ssl_options:\n"
                "                node.ssl_options.context.check_hostname = False\n"
                "                node.ssl_options.context.verify_mode = ssl.CERT_NONE\n",
            ),
        ),
        suite=FAULTS,
        test="test_a_certificate_that_cannot_be_trusted_is_refused",
    ),
    *OF_JOBS,
)

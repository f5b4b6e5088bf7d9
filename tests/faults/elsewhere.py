"""Faults that another suite proves on real servers: written once, there. test_elsewhere.py holds this true."""

ELSEWHERE = {
    "F2": [
        "admin/tests/catalogue/test_no_way_is_silent.py::test_a_crash_before_the_events_are_stored_undoes_the_change",
        "admin/tests/catalogue/test_no_way_is_silent.py::test_a_crash_after_the_events_are_stored_undoes_both",
    ],
    "F6": [
        "admin/tests/catalogue/test_concurrency.py::test_sets_in_opposite_orders_do_not_deadlock",
        "admin/tests/catalogue/test_concurrency.py::test_transactions_in_opposite_orders_leave_as_many_events_as_commits",
    ],
    "F7": ["admin/tests/outbox/test_relay_claim.py::test_an_event_that_becomes_visible_late_goes_out_too"],
    "F9": [  # the ways through the ORM
        "admin/tests/catalogue/test_no_way_is_silent.py::test_its_events_keep_to_the_contract",
        "admin/tests/catalogue/test_fixtures.py::test_a_fixture_tells_each_of_its_products",
    ],
    "F15": ["admin/tests/outbox/test_relay_loop.py::test_of_two_relays_one_publishes"],  # on SQLite and PostgreSQL too
    "F23": [
        "admin/tests/outbox/test_relay.py::test_what_no_queue_took_stays_and_says_why",
        "admin/tests/outbox/test_relay.py::test_it_goes_out_once_a_queue_is_bound",
        "admin/tests/outbox/test_publisher.py::test_an_exchange_that_is_deleted_meanwhile_is_no_event_s_fault",
        "tests/e2e/test_consumer_comes_last.py"
        "::test_events_wait_as_unroutable_until_the_first_consumer_has_declared_its_queue",
    ],
    "F25": [
        "service/tests/inbox/sources/test_amqp_refusals.py"
        "::test_a_queue_with_other_arguments_says_which_were_wanted_and_what_to_do",
        "service/tests/inbox/test_consumer.py::test_waits_grow_to_their_maximum_and_what_is_refused_is_tried_slowly",
        "admin/tests/outbox/test_publisher.py::test_an_exchange_of_another_kind_is_said_with_its_mend",
    ],
    "F26": [
        "admin/tests/outbox/test_publisher.py::test_a_wrong_address_is_said_in_one_line_without_the_password",
        "admin/tests/outbox/test_publisher.py::test_a_missing_permission_is_no_event_s_fault",
        "admin/tests/outbox/test_relay_loop.py::test_a_broker_that_says_no_is_tried_slowly",
        "service/tests/inbox/sources/test_amqp_refusals.py::test_a_wrong_user_or_password_is_refused",
        "service/tests/inbox/sources/test_amqp_refusals.py::test_a_wrong_vhost_is_refused",
    ],
    "F32": [
        "admin/tests/outbox/test_relay_refusals.py::test_the_event_at_fault_is_found_and_the_others_go_out",
        "admin/tests/outbox/test_relay_refusals.py::test_it_is_held_aside_after_some_attempts",
    ],
}

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
    "F15": ["admin/tests/outbox/test_relay_loop.py::test_of_two_relays_one_publishes"],  # on SQLite too
}

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
    "F36": [
        "service/tests/inbox/test_processor_conflicts.py::test_consumers_side_by_side_end_in_the_newest_versions_and_one_dead_letter"
    ],
    "F37": [
        "service/tests/replica/test_histories.py::test_whatever_happens_to_a_history_the_copy_holds_the_newest_that_was_committed",
        "service/tests/replica/test_histories_side_by_side.py::test_two_consumers_at_once_end_in_the_newest_of_what_either_got",
    ],
    "F39": [
        "service/tests/inbox/test_consumer.py::test_a_batch_whose_connection_is_lost_while_it_is_held_comes_again",
        "service/tests/inbox/test_consumer.py::test_a_stop_while_a_batch_is_held_gives_it_back",
    ],
    "F40": ["service/tests/inbox/test_processor.py::test_the_one_event_that_cannot_be_applied_is_found_and_set_aside"],
    "F41": ["service/tests/inbox/test_given_up.py::test_what_was_given_up_is_never_parsed"],
    "F44": ["service/tests/inbox/test_consume.py::test_it_follows_until_it_is_told_to_stop"],
    "F45": [
        "service/tests/inbox/test_stopping.py::test_the_second_signal_ends_it_at_once_and_the_event_comes_again",
        "service/tests/inbox/test_stopping.py::test_the_first_signal_lets_the_batch_under_way_finish",
        "service/tests/inbox/test_stopping.py::test_sigquit_ends_it_at_once_and_the_event_comes_again",
        "admin/tests/outbox/management/commands/test_relay.py"
        "::test_the_second_signal_ends_it_at_once_and_the_event_stays",
    ],
    "F46": ["tests/e2e/test_make_run.py::test_kill_9_of_make_run_leaves_no_orphan"],
    "F48": [
        "service/tests/test_contract.py::test_a_valid_example_is_applied",
        "service/tests/test_contract.py::test_an_invalid_example_is_a_dead_letter_with_its_reason",
        "service/tests/inbox/test_envelope.py::test_unknown_members_are_ignored",
        "service/tests/inbox/test_envelope.py::test_an_optional_member_may_be_missing",
    ],
    "F49": [
        "service/tests/inbox/sources/test_amqp_dead_queue.py"
        "::test_a_missing_dead_letter_queue_keeps_what_was_given_up_until_it_is_back",
    ],
    "F50": [
        "service/tests/inbox/test_dead_letters_command.py"
        "::test_a_letter_that_is_not_newer_than_the_copy_says_so_and_changes_nothing",
        "service/tests/inbox/test_dead_letters_command.py::test_a_late_letter_does_not_bring_a_deleted_product_back",
    ],
    "F51": [
        "service/tests/inbox/test_dead_letters_live.py"
        "::test_thousands_are_retried_while_live_events_go_on_in_time_and_a_stop_in_between_leaves_the_rest",
        "service/tests/inbox/test_dead_letters_live.py::test_the_rate_is_kept",
    ],
    "F57": ["service/tests/inbox/test_envelope.py::test_an_event_with_any_value_in_any_member_is_read_or_has_a_reason"],
    "F61": ["service/tests/inbox/test_dead_letters.py::test_a_body_of_10_mib_keeps_its_beginning_and_says_so"],
    "F64": [
        "service/tests/inbox/sources/test_amqp_properties.py"
        "::test_odd_properties_of_a_real_message_are_stored_with_its_dead_letter",
    ],
    "F65": ["admin/tests/catalogue/test_views_bad_input.py::test_what_is_not_json_is_a_400_that_says_so"],
    "F66": ["admin/tests/catalogue/test_views_bad_input.py::test_a_bad_value_is_a_400_that_names_the_field"],
    "F67": ["admin/tests/catalogue/test_views_bad_input.py::test_a_bad_value_is_a_400_that_names_the_field"],
    "F68": ["admin/tests/catalogue/test_views_bad_input.py::test_a_name_that_stands_twice_is_a_400_that_says_which"],
    "F69": ["admin/tests/catalogue/test_views_bad_input.py::test_a_body_that_is_too_large_is_a_413"],
    "F70": ["admin/tests/config/test_pagination.py::test_a_page_has_the_size_that_is_asked_for_within_bounds"],
    "F71": ["admin/tests/catalogue/test_views_bad_input.py::test_a_bad_value_is_a_400_that_names_the_field"],
    "F72": [
        "admin/tests/catalogue/test_views_bad_input.py::test_what_is_not_json_is_a_400_that_says_so",
        "admin/tests/catalogue/test_views_bad_input.py::test_another_media_type_is_a_415",
        "tests/e2e/test_bad_input.py::test_what_is_no_product_is_refused",
    ],
    "F73": ["admin/tests/catalogue/test_conditions.py::test_of_two_who_read_the_same_version_one_wins"],
    "F75": [
        "admin/tests/catalogue/test_idempotency.py::test_the_same_key_with_another_body_is_a_422",
        "admin/tests/catalogue/test_idempotency.py::test_two_at_once_create_one",
    ],
    "F76": [
        "tests/jobs/test_workers.py::test_a_worker_that_is_killed_in_the_midst_loses_nothing_and_doubles_nothing",
        "tests/jobs/test_workers.py::test_a_worker_that_ends_in_order_hands_its_job_to_another_one_at_once",
    ],
    "F77": ["tests/jobs/test_workers.py::test_a_job_that_kills_its_worker_three_times_is_parked"],
    "F78": [
        "tests/jobs/test_workers.py"
        "::test_a_request_does_not_wait_for_a_broker_that_is_away_and_its_job_is_done_afterwards",
    ],
    "F79": ["tests/jobs/test_workers.py::test_messages_that_are_lost_and_doubled_do_no_harm"],
    "F80": [
        "admin/tests/imports/fetching/test_fetcher.py::test_a_redirect_leads_to_no_place_that_could_not_be_asked_for",
        "admin/tests/imports/fetching/test_fetcher.py::test_the_connection_goes_to_the_address_that_was_checked",
    ],
    "F81": [
        "admin/tests/imports/fetching/test_fetcher.py::test_what_is_too_large_is_refused_without_being_read_whole",
        "admin/tests/imports/fetching/test_fetcher.py::test_what_takes_too_long_is_left",
    ],
}

"""The mechanisms of jobs and imports (docs/decisions/0020 and 0021), broken in the same way."""

from tests.mutations.mutation import Mutation

CLAIMS = "admin/jobs/claims.py"
RUNS = "admin/jobs/runs.py"
ADDRESSES = "admin/imports/fetching/addresses.py"
CONNECTING = "admin/imports/fetching/connecting.py"
OF_JOBS = (
    Mutation(
        name="two workers have the same job",
        changes=((CLAIMS, "filter(pk=job_id, state=State.QUEUED, run_at__lte=", "filter(pk=job_id, run_at__lte="),),
        suite="admin[sqlite]",
        test="test_of_workers_that_claim_at_once_one_has_it",
    ),
    Mutation(
        name="a job's token is not looked at",
        changes=((RUNS, "pk=self.job.pk, token=self.job.token, state=", "pk=self.job.pk, state="),),
        suite="admin[sqlite]",
        test="test_a_worker_that_fell_silent_loses_its_job_to_another_one",
    ),
    Mutation(
        name="who has lost a job writes its products all the same",
        changes=(
            (
                RUNS,
                "            if not self.mine().update(beat_at=Now()):\n                raise Lost\n            #",
                "            #",
            ),
            (RUNS, "pk=self.job.pk, token=self.job.token, state=", "pk=self.job.pk, state="),
        ),
        suite="admin[sqlite]",
        test="test_who_has_lost_the_job_writes_nothing",
    ),
    Mutation(
        name="what a dead worker had stays with it",
        changes=(
            (
                CLAIMS,
                'return sum(_take(job_id) for job_id in list(_silent().values_list("pk", flat=True)))',
                "return 0",
            ),
        ),
        suite="jobs",
        test="test_a_worker_that_is_killed_in_the_midst_loses_nothing_and_doubles_nothing",
    ),
    Mutation(
        name="a job that kills its workers is never parked",
        changes=((CLAIMS, "elif job.crashes >= MOST_CRASHES:", "elif job.crashes >= 100 * MOST_CRASHES:"),),
        suite="jobs",
        test="test_a_job_that_kills_its_worker_three_times_is_parked",
    ),
    Mutation(
        name="a worker that is told to end hands nothing back",
        changes=(("admin/jobs/worker.py", "    stopping.set()\n", "    pass\n"),),
        suite="jobs",
        test="test_a_worker_that_ends_in_order_hands_its_job_to_another_one_at_once",
    ),
    Mutation(
        name="a connection that was cut is not renewed for a message",
        changes=(("admin/jobs/sending.py", "retry=True, retry_policy=ONCE_MORE", "retry=False"),),
        suite="jobs",
        test="test_a_broker_that_was_started_again_gets_each_message_at_the_first_try",
    ),
    Mutation(
        name="a private address may be asked",
        changes=(
            (
                ADDRESSES,
                "    return address.is_global and not (address.is_multicast or address.is_reserved)",
                "    return True",
            ),
        ),
        suite="admin[sqlite]",
        test="test_no_other_address_may_be_asked_whatever_it_is_wrapped_in",
    ),
    Mutation(
        name="who connects looks the name up again",
        changes=(
            (
                CONNECTING,
                "    for tried, address in enumerate(addresses):\n",
                "    for tried, address in enumerate([socket.getaddrinfo(asked.host, asked.port)[0][4][0]]):\n",
            ),
        ),
        suite="admin[sqlite]",
        test="test_the_connection_goes_to_the_address_that_was_checked",
    ),
    Mutation(
        name="a page has no end",
        changes=((CONNECTING, "        if self._left < 0:\n", "        if False:\n"),),
        suite="admin[sqlite]",
        test="test_what_has_no_end_is_left_before_it_fills_the_memory",
    ),
)

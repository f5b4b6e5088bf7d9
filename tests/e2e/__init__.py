"""The same cases over HTTP for each way to run Lockstep: E2E_STACK=embedded, native or compose."""

import pytest

pytest.register_assert_rewrite("tests.e2e.client", "tests.e2e.convergence", "tests.e2e.workload")

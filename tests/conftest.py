"""What holds for all tests: repeatable, in one world at a time, and with an eye on secrets."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.canaries", "tests.coverage_by_module", "tests.redis_server"]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile("ci")  # `--hypothesis-profile=explore` looks further than a build may


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked `anyio` run in asyncio; those of trio are marked `trio`."""
    return "asyncio"

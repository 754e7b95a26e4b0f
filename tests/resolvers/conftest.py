"""Every payload that can be told with the work is compared with what resolvers read."""

import pytest
from tests.differential.told import Comparing, comparing

__all__ = ["comparing"]  # a fixture


@pytest.fixture(autouse=True)
def compared(comparing: Comparing) -> Comparing:
    return comparing

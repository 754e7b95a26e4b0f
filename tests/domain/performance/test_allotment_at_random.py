from benchmarks.performance_allotment import run


def test_random_packages_are_shared_as_fractions_say() -> None:
    assert run(1_500, seed=20261122) == []

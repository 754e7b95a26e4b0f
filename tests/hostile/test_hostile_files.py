import json
import subprocess
import sys
from typing import Any

import pytest

from mobile_hrp.mobile_contract.catalogue import catalogue

CPU_SECONDS_MAX = 2.0
PEAK_MIB_MAX = 512


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    """What became of every hostile file, in one confined process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.child"], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_corpus_is_large_and_every_file_was_answered(results: list[dict[str, Any]]) -> None:
    assert len(results) >= 250
    assert len({result["name"] for result in results}) == len(results)


def test_what_must_be_refused_is_refused_with_a_code_of_the_catalogue(
    results: list[dict[str, Any]],
) -> None:
    accepted = [r["name"] for r in results if r["must_refuse"] and r["outcome"] == "read"]
    assert accepted == []
    codes = {r["outcome"] for r in results} - {"read"}
    assert codes <= set(catalogue())
    assert {"RECEIPT_BOMB", "RECEIPT_UNSAFE_XML", "RECEIPT_UNSAFE_ARCHIVE"} <= codes
    assert {"RECEIPT_ENCRYPTED", "RECEIPT_TOO_COMPLEX", "RECEIPT_TOO_MANY_PAGES"} <= codes


def test_no_file_costs_more_than_it_may(results: list[dict[str, Any]]) -> None:
    costly = {r["name"]: r["cpu_seconds"] for r in results if r["cpu_seconds"] > CPU_SECONDS_MAX}
    assert costly == {}
    assert max(r["peak_mib"] for r in results) <= PEAK_MIB_MAX


def test_no_file_makes_the_process_reach_outside(results: list[dict[str, Any]]) -> None:
    assert [r["attempts"] for r in results if r["attempts"]] == []


def test_the_bombs_are_small_and_meant_to_be_large(results: list[dict[str, Any]]) -> None:
    by_name = {result["name"]: result for result in results}
    assert by_name["png_81_megapixels"]["size"] < 100_000
    assert by_name["png_81_megapixels"]["outcome"] == "RECEIPT_TOO_MANY_PIXELS"
    assert by_name["ofd_of_a_gibibyte"]["size"] < 1_100_000
    assert by_name["ofd_of_a_gibibyte"]["outcome"] == "RECEIPT_BOMB"

"""A bundle is the same whenever it is made, and no byte of it changes unseen."""

import hashlib
import io
import zipfile
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.archive.samples import DOCUMENT, RECEIPT, RECEIPT_PATH, sample

from mobile_hrp.domain.archive.bundle import CONTAINER, Fault, FaultKind, make_bundle, verify_bundle
from mobile_hrp.domain.archive.container import pack, regions, unpack
from mobile_hrp.domain.archive.manifest import (
    MANIFEST_PATH,
    SEAL_PATH,
    BundleFile,
    Manifest,
    Role,
    read_manifest,
)

MANIFEST, BUNDLE = make_bundle(DOCUMENT, sample())
MEMBERS = [(member.path, member.content) for member in unpack(BUNDLE)]
REGIONS = list(regions(MEMBERS))


def owner_of(position: int) -> str:
    """The path the byte belongs to."""
    return next(one.path or CONTAINER for one in REGIONS if one.start <= position < one.end)


def paths(data: bytes) -> set[str]:
    return {fault.path for fault in verify_bundle(data).faults}


def repacked(**changed: bytes | None) -> bytes:
    """The container with members replaced, left out (None) or, with a new name, added."""
    contents = dict(MEMBERS) | {name.replace("__", "/"): data for name, data in changed.items()}
    return pack([(path, data) for path, data in contents.items() if data is not None])


def test_a_bundle_is_intact_and_gives_its_files_back() -> None:
    checked = verify_bundle(BUNDLE, recorded_sha256=MANIFEST.sha256)

    assert checked.intact
    assert checked.manifest == MANIFEST
    assert checked.files[RECEIPT_PATH] == RECEIPT
    assert len(checked.files) == len(MANIFEST.entries) == 8


def test_the_same_files_in_any_order_give_the_same_bytes() -> None:
    assert make_bundle(DOCUMENT, list(reversed(sample()))) == (MANIFEST, BUNDLE)


def test_any_zip_program_opens_it_and_sha256sum_can_check_the_manifest() -> None:
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as opened:
        assert opened.testzip() is None
        assert opened.read(RECEIPT_PATH) == RECEIPT
        digest, name = opened.read(SEAL_PATH).decode().split()
        assert name == MANIFEST_PATH
        assert digest == hashlib.sha256(opened.read(MANIFEST_PATH)).hexdigest()


def test_the_regions_cover_every_byte_once() -> None:
    assert REGIONS[0].start == 0
    assert REGIONS[-1].end == len(BUNDLE)
    assert all(one.end == other.start for one, other in pairwise(REGIONS))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_flipped_byte_anywhere_is_reported_with_its_path(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(BUNDLE) - 1))
    mask = data.draw(st.integers(1, 255))
    broken = bytearray(BUNDLE)
    broken[position] ^= mask

    checked = verify_bundle(bytes(broken))

    assert not checked.intact
    found = {fault.path for fault in checked.faults}
    assert owner_of(position) in found or CONTAINER in found


def test_every_single_byte_of_a_bundle_counts() -> None:
    broken = bytearray(BUNDLE)
    unseen = []
    for position in range(len(BUNDLE)):
        broken[position] ^= 1
        if verify_bundle(bytes(broken)).intact:
            unseen.append(position)
        broken[position] ^= 1
    assert unseen == []


@pytest.mark.parametrize("path", [path for path, _ in MEMBERS])
def test_a_flipped_byte_of_a_content_names_exactly_that_file(path: str) -> None:
    broken = bytearray(BUNDLE)
    content = dict(MEMBERS)[path]
    broken[BUNDLE.index(content) + len(content) // 2] ^= 0xFF

    assert paths(bytes(broken)) == {path}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BUNDLE) - 1), st.binary(min_size=1, max_size=30))
def test_bytes_put_in_anywhere_are_reported(position: int, added: bytes) -> None:
    assert not verify_bundle(BUNDLE[:position] + added + BUNDLE[position:]).intact


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BUNDLE) - 1), st.integers(1, 40))
def test_bytes_taken_out_anywhere_are_reported(position: int, number: int) -> None:
    assert not verify_bundle(BUNDLE[:position] + BUNDLE[position + number :]).intact


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_what_is_no_bundle_is_reported_and_never_crashes(data: bytes) -> None:
    assert not verify_bundle(data).intact
    assert not verify_bundle(BUNDLE[:200] + data).intact


def test_a_file_left_out_put_in_or_exchanged_is_named() -> None:
    missing = verify_bundle(repacked(**{RECEIPT_PATH: None})).faults
    added = verify_bundle(repacked(**{"receipts/9999.pdf": b"%PDF-x"})).faults
    exchanged = verify_bundle(repacked(**{RECEIPT_PATH: b"%PDF-1.7 another"})).faults

    assert Fault(RECEIPT_PATH, FaultKind.MISSING) in missing
    assert Fault("receipts/9999.pdf", FaultKind.ADDED) in added
    assert Fault(RECEIPT_PATH, FaultKind.CHANGED) in exchanged


def test_bytes_before_and_after_the_container_are_added_bytes() -> None:
    assert Fault(CONTAINER, FaultKind.ADDED) in verify_bundle(BUNDLE + b"\0").faults
    assert not verify_bundle(b"\0" + BUNDLE).intact


def test_a_bundle_forged_as_a_whole_is_not_the_recorded_one() -> None:
    forged_manifest, forged = make_bundle(DOCUMENT, sample(receipt=b"%PDF-1.7 forged"))

    assert verify_bundle(forged).intact
    assert forged_manifest.sha256 != MANIFEST.sha256
    assert verify_bundle(forged, recorded_sha256=MANIFEST.sha256).faults == (
        Fault(MANIFEST_PATH, FaultKind.NOT_THE_RECORDED_ONE),
    )


def test_a_manifest_that_is_written_otherwise_is_not_read() -> None:
    assert read_manifest(MANIFEST.to_bytes()) == MANIFEST
    for other in (b"", b"[]", b"{}", b"\xff", MANIFEST.to_bytes() + b" ", b'{"document": 1}'):
        with pytest.raises(ValueError, match=r"."):
            read_manifest(other)


@pytest.mark.parametrize("path", ["../x", "/x", "A", "a//b", "a/../b", "", "a\\b", MANIFEST_PATH])
def test_an_unsafe_path_never_gets_into_a_bundle(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be a path"):
        Manifest.of(DOCUMENT, [BundleFile(path, b"", Role.RECEIPT, "image/png")])


def test_a_path_is_used_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        make_bundle(DOCUMENT, [*sample(), *sample()])

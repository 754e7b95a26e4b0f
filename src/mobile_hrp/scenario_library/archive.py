"""The files of a package that came as a ZIP, from people we do not trust.

Names, sizes and ratios of the directory are checked before the first byte is inflated, and every
read is bounded by what the directory said, so a lying one is caught too.
"""

import io
import zipfile
import zlib
from typing import Final

from mobile_hrp.domain.scenario.faults import FaultList, Place
from mobile_hrp.scenario_library.reader import FILES_MAX, PACKAGE_BYTES_MAX

ARCHIVE_BYTES_MAX: Final = PACKAGE_BYTES_MAX
_ENCRYPTED: Final = 0x1
_NAME_SHOWN_MAX: Final = 200
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)


def is_zip(content: bytes) -> bool:
    return content[:2] == b"PK"


def zip_contents(content: bytes, faults: FaultList) -> dict[str, bytes]:
    """Files by path; empty, with the reasons among ``faults``, when anything is wrong.

    A folder around the whole package is left out of the paths, as file managers add one.
    """
    if len(content) > ARCHIVE_BYTES_MAX:
        faults.add("SCENARIO_PACKAGE_TOO_LARGE", Place(), limit=ARCHIVE_BYTES_MAX)
        return {}
    before = len(faults)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            _check(members, faults)
            if len(faults) > before:
                return {}
            found = {one.filename: _read(archive, one) for one in members}
    except _DAMAGE:
        faults.add("POLICY_ARCHIVE_DAMAGED", Place())
        return {}
    return _without_folder(found)


def _check(members: list[zipfile.ZipInfo], faults: FaultList) -> None:
    if len(members) > FILES_MAX:
        faults.add("SCENARIO_TOO_MANY_FILES", Place(), limit=FILES_MAX)
    if sum(one.file_size for one in members) > PACKAGE_BYTES_MAX:
        faults.add("SCENARIO_PACKAGE_TOO_LARGE", Place(), limit=PACKAGE_BYTES_MAX)
    seen: set[str] = set()
    for one in members[: FILES_MAX + 1]:
        place = Place(one.filename[:_NAME_SHOWN_MAX])
        parts = one.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in one.filename:
            faults.add("SCENARIO_FILE_NAME", place)
        if one.filename in seen:
            faults.add("SCENARIO_DUPLICATE", place, key=place.file)
        if one.flag_bits & _ENCRYPTED:
            faults.add("POLICY_ARCHIVE_ENCRYPTED", place)
        seen.add(one.filename)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as opened:
        content = opened.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise zipfile.BadZipFile(member.filename)
    return content


def _without_folder(found: dict[str, bytes]) -> dict[str, bytes]:
    tops = {name.partition("/")[0] for name in found}
    if len(tops) != 1 or any("/" not in name for name in found):
        return found
    (top,) = tops
    if top == "policy_tables":
        return found
    return {name.removeprefix(f"{top}/"): content for name, content in found.items()}

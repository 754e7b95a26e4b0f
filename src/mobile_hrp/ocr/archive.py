"""Reading ZIP containers (OFD, zipped XML) without ever unpacking to disk.

Declared sizes, counts, ratios and names are checked before the first byte is inflated, and each
read is bounded by the declared size, so a lying directory is caught too.
"""

import io
import lzma
import struct
import zipfile
import zlib

from mobile_hrp.domain.refusal import Refusal

MEMBERS_MAX = 500
MEMBER_BYTES_MAX = 10 * 1024 * 1024
TOTAL_BYTES_MAX = 50 * 1024 * 1024
RATIO_MAX = 200
_RATIO_FREE_BYTES = 1024 * 1024
_ENCRYPTED = 0x1
# What zipfile raises at offsets, lengths, methods and names that make no sense.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    ValueError,
    OverflowError,
    OSError,
    EOFError,
)


def members(data: bytes) -> dict[str, int]:
    """Names and declared sizes. Raises Refusal for a damaged, hostile or encrypted container."""
    with _open(data) as container:
        return {info.filename: info.file_size for info in container.infolist()}


def read(data: bytes, name: str) -> bytes:
    """One member's bytes. Raises Refusal when it is absent, damaged or longer than it declared."""
    with _open(data) as container:
        try:
            info = container.getinfo(name)
            with container.open(info) as member:
                content = member.read(info.file_size + 1)
        except (KeyError, *_DAMAGE) as error:
            raise Refusal("RECEIPT_DAMAGED", path="file") from error
    if len(content) > info.file_size:
        raise Refusal("RECEIPT_BOMB", path="file")
    return content


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE as error:
        raise Refusal("RECEIPT_DAMAGED", path="file") from error
    infos = container.infolist()
    if not infos:
        raise Refusal("RECEIPT_DAMAGED", path="file")
    if len(infos) > MEMBERS_MAX or sum(info.file_size for info in infos) > TOTAL_BYTES_MAX:
        raise Refusal("RECEIPT_BOMB", path="file")
    names = set()
    for info in infos:
        _check_member(info)
        names.add(info.filename)
    if len(names) != len(infos):
        raise Refusal("RECEIPT_DAMAGED", path="file")
    return container


def _check_member(info: zipfile.ZipInfo) -> None:
    parts = info.filename.replace("\\", "/").split("/")
    if info.filename.startswith(("/", "\\")) or ".." in parts or ":" in info.filename:
        raise Refusal("RECEIPT_UNSAFE_ARCHIVE", path="file")
    if info.flag_bits & _ENCRYPTED:
        raise Refusal("RECEIPT_ENCRYPTED", path="file")
    inflated = info.file_size > max(info.compress_size, 1) * RATIO_MAX
    if info.file_size > MEMBER_BYTES_MAX or (inflated and info.file_size > _RATIO_FREE_BYTES):
        raise Refusal("RECEIPT_BOMB", path="file")

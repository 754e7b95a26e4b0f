"""Object storage for originals: a local folder or S3, content-addressed and never overwritten."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

_PIECE_BYTES = 256 * 1024


class ObjectMissingError(LookupError):
    """The store does not hold this key."""


class Objects:
    """Originals by hospital and SHA-256; the content type lives in the database."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str, folder: Path) -> "Objects":
        """Open ``url``, or the local ``folder`` when it is empty."""
        if url and not url.startswith("file://"):
            return cls(from_url(url))
        path = Path(url.removeprefix("file://")) if url else folder
        path.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(path.resolve()))

    @staticmethod
    def key(hospital_id: int, sha256: str) -> str:
        return f"{hospital_id}/originals/{sha256[:2]}/{sha256}"

    async def keep(self, key: str, data: bytes) -> None:
        """Store once. The same bytes again are the same object; nothing is ever replaced."""
        try:
            await obstore.put_async(self._store, key, data, mode="create")
        except AlreadyExistsError:
            return

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The object in pieces; raises ObjectMissingError before the first."""
        try:
            answer = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError) as missing:
            raise ObjectMissingError(key) from missing
        async for piece in answer.stream(min_chunk_size=_PIECE_BYTES):
            yield bytes(piece)

    async def read(self, key: str) -> bytes:
        try:
            answer = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError) as missing:
            raise ObjectMissingError(key) from missing
        return bytes(await answer.bytes_async())

    async def remove_all(self, prefix: str) -> None:
        """Delete everything below a prefix that ends in a slash."""
        found = []
        async for batch in obstore.list(self._store, prefix=prefix):
            found += [one["path"] for one in batch]
        for key in found:
            await self.remove(key)

    async def remove(self, key: str) -> None:
        """Delete for good, where retention has ended; gone already is as good."""
        with contextlib.suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self._store, key)

"""Objects in any S3 API. An object is written beside first, as ciphertext, then sent with its checksum.

The server checks SHA-256 before it keeps anything; failed calls are tried again; a read that breaks goes on
where it was. With `lock`, objects of cases cannot be deleted for that many days (S3 Object Lock).
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from resguardo.evidence.errors import NoRoom
from resguardo.evidence.folder import FULL

TRIES = 8
PART = 16 * 1024 * 1024


class Bucket:
    """A store at s3://BUCKET/PREFIX?endpoint=URL&region=NAME&lock=DAYS; keys come as AWS_* variables."""

    def __init__(self, address: str, spool: Path) -> None:
        import boto3
        from botocore.config import Config

        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.lock = int(asked.get("lock", "0"))
        self.spool = spool
        self.client = boto3.client(
            "s3",
            endpoint_url=asked.get("endpoint"),
            region_name=asked.get("region", "us-east-1"),
            config=Config(retries={"max_attempts": TRIES, "mode": "standard"}, connect_timeout=10),
        )

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        from boto3.s3.transfer import TransferConfig

        self.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with tempfile.TemporaryFile(dir=self.spool) as out:
                yield cast(BinaryIO, out)
                out.flush()
                out.seek(0)
                self.client.upload_fileobj(
                    out,
                    self.bucket,
                    self.key(name),
                    ExtraArgs={"ChecksumAlgorithm": "SHA256"},
                    Config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART),
                )
        except OSError as error:
            if error.errno in FULL:
                raise NoRoom() from None
            raise

    def reading(self, name: str) -> BinaryIO:
        return cast(
            BinaryIO, io.BufferedReader(_Ranged(self.client, self.bucket, self.key(name)), PART // 16)
        )

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.key(name))

    def names(self) -> Iterator[tuple[str, datetime]]:
        pages = self.client.get_paginator("list_objects_v2")
        start = f"{self.prefix}/" if self.prefix else ""
        for page in pages.paginate(Bucket=self.bucket, Prefix=start):
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(start), found["LastModified"]

    def hold(self, name: str, now: datetime) -> None:
        """Lock an object of a case, where the address says for how long."""
        if self.lock:
            until = now.astimezone(UTC) + timedelta(days=self.lock)
            self.client.put_object_retention(
                Bucket=self.bucket,
                Key=self.key(name),
                Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
            )


class _Ranged(io.RawIOBase):
    """An object read from any place; a connection that breaks is opened again where it was."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        from botocore.exceptions import ClientError

        super().__init__()
        self._client, self._bucket, self._key = client, bucket, key
        self._at, self._body = 0, None
        try:
            self.size = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                raise FileNotFoundError("the object is gone") from None
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence] + offset
        if at != self._at:
            self._at, self._body = max(0, at), None
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: Any) -> int:
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        if self._at >= self.size:
            return 0
        for attempt in range(TRIES):
            try:
                if self._body is None:
                    asked = f"bytes={self._at}-"
                    answer = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=asked)
                    self._body = answer["Body"]
                piece = self._body.read(len(into))
                if piece:
                    into[: len(piece)] = piece
                    self._at += len(piece)
                    return len(piece)
            except (BotoCoreError, HTTPError, OSError):
                if attempt == TRIES - 1:
                    raise
            self._body = None
        raise OSError("the object store does not give the object")

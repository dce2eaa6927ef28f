"""A real S3 server on loopback (moto's), behind a front that fails every third call."""

from __future__ import annotations

import http.client
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "resguardo", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}


class Objects:
    """A store with buckets; with `every`, each such call fails: an error, or an answer cut half way."""

    def __init__(self, every: int = 0) -> None:
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        _, self.port = self.server.get_host_and_port()
        self.calls = itertools.count(1)
        self.failed = 0
        objects = self

        class Front(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                call = next(objects.calls)
                if every and call % every == 0:
                    objects.failed += 1
                    if call % (2 * every):
                        self.send_error(503)
                        return
                back = http.client.HTTPConnection("127.0.0.1", objects.port)
                back.request(self.command, self.path, body or None, dict(self.headers))
                answer = back.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                if every and call % (2 * every) == 0:
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                    self.connection.close()
                    return
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

            def log_message(self, *args: object) -> None:
                """Tests read no access log."""

        self.front = ThreadingHTTPServer(("127.0.0.1", 0), Front)
        self.front.daemon_threads = True
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        self.direct = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )

    def bucket(self, name: str, lock: int = 0) -> str:
        """A new bucket's address."""
        self.direct.create_bucket(Bucket=name, ObjectLockEnabledForBucket=bool(lock))
        port = self.front.server_address[1]
        return f"s3://{name}/sealed?endpoint=http://127.0.0.1:{port}" + (f"&lock={lock}" if lock else "")

    def stop(self) -> None:
        self.front.shutdown()
        self.server.stop()

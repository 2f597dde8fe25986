"""Who is asked: every request of the main job goes through a proxy that writes down whose it is.

Connections beside the proxy are refused: those of Python by tests/loopback, and names that end in .invalid
lead nowhere.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from s3transfer_tl.sandbox import DEFAULT_INDEX_ID, DEFAULT_KEY, Sandbox
from tests.conftest import RunLine
from tests.servers import Moto

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello.\n"
_HOPS = {"connection", "keep-alive", "proxy-connection", "transfer-encoding"}


class Proxy(ThreadingHTTPServer):
    """Forwards each host of ``behind`` to its server, refuses others, and remembers all of them."""

    daemon_threads = True

    def __init__(self, behind: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind, self.asked = behind, list[str]()


class _Forward(BaseHTTPRequestHandler):
    server: Proxy

    def do_any(self) -> None:
        url = urlsplit(self.path)
        host = url.hostname or self.path  # CONNECT names a host and a port
        self.server.asked.append(host)
        backend = self.server.behind.get(host)
        if backend is None:
            self.send_error(502)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOPS}
        headers["Host"] = backend  # moto takes any other for a bucket's; it checks no signature
        target = url.path + (f"?{url.query}" if url.query else "")
        connection = http.client.HTTPConnection(backend, timeout=30)
        connection.request(self.command, target, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, text in answer.getheaders():
            if name.lower() not in {*_HOPS, "content-length"}:
                self.send_header(name, text)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_CONNECT = do_any  # noqa: N815 - their names there

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@pytest.fixture
def proxy(moto: Moto) -> Iterator[Proxy]:
    with Sandbox(speed=60_000.0) as platform:
        behind = {"s3.invalid": moto.endpoint_url, "platform.invalid": platform.api_url}
        made = Proxy({name: urlsplit(url).netloc for name, url in behind.items()})
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()
        made.server_close()


def test_the_main_job_asks_s3_and_the_platform_and_nobody_else(
    proxy: Proxy, moto: Moto, tmp_path: Path, run_line: RunLine
) -> None:
    bucket = moto.create_bucket()
    moto.client().put_object(Bucket=bucket, Key="a.mp4", Body=b"video", ContentType="video/mp4")
    moto.client().put_object(Bucket=bucket, Key="a.srt", Body=SRT, ACL="public-read")
    config = f"version: 1\nindex_id: {DEFAULT_INDEX_ID}\nlanguage: en\nvideos: {{source: 's3://{bucket}/'}}\n"
    (tmp_path / "transfer.yaml").write_text(config, encoding="utf-8")
    address = f"http://127.0.0.1:{proxy.server_port}"
    environment = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"), address) | {
        "NO_PROXY": "",
        "AWS_ACCESS_KEY_ID": moto.access_key,
        "AWS_SECRET_ACCESS_KEY": moto.secret_key,
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ENDPOINT_URL_S3": "http://s3.invalid",
        "TWELVELABS_BASE_URL": "http://platform.invalid",
        "TWELVE_LABS_API_KEY": DEFAULT_KEY,
    }

    def asked(line: str, code: int = 0) -> set[str]:
        proxy.asked.clear()
        done = run_line(line.split(), env=environment, cwd=tmp_path)
        assert done.code == code, done.stderr
        return set(proxy.asked)

    assert asked("build -c transfer.yaml -o manifest.json") == {"s3.invalid"}
    assert asked("lint manifest.json") == set()
    assert asked("check manifest.json --ignore TL607") == {"s3.invalid"}
    assert asked(f"access s3://{bucket}/") == {"s3.invalid"}
    assert asked("submit manifest.json --wait --poll-interval 0.1 --ledger l.sqlite3") == {"platform.invalid"}
    assert asked("status --ledger l.sqlite3") == set()
    assert asked("explain -c transfer.yaml a.mp4") == {"s3.invalid"}
    assert asked("rules TL602") == set()

"""How fast a 2 GB video is uploaded, against ``curl -F`` to the same server; and in how much memory.

The video is a sparse file of 2 GiB (the platform's limit), whose first bytes are a real MP4. The server reads
each body and counts its bytes, in a process of its own, and answers as the platform does. Each client is a
process; rounds are interleaved; medians are printed, ratios are inside a round. Run it from the repository's
root: ``python -m benchmarks.upload [--rounds 5] [--size 2147483648]``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
INDEX = "65a1c0de5a4db0c5ca11ab1e"
_BUFFER = 1 << 20


def serve(ports: multiprocessing.Queue[int], counts: multiprocessing.Queue[int]) -> None:
    """Answer one connection at a time; put the bytes of each POST's body into ``counts``."""
    listener = socket.create_server(("127.0.0.1", 0))
    ports.put(listener.getsockname()[1])
    buffer = bytearray(_BUFFER)
    number = 0
    while True:
        connection, _ = listener.accept()
        with connection:
            while head := _head(connection):
                lines, rest = head
                if not lines[0].startswith(b"POST"):
                    _answer(connection, 200, {"_id": INDEX})
                    continue
                fields = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
                if b"expect" in fields:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                length, done = int(fields[b"content-length"]), len(rest)
                while done < length and (count := connection.recv_into(buffer)):
                    done += count
                counts.put(done)
                number += 1
                _answer(connection, 201, {"_id": f"{number:024x}"})


def _head(connection: socket.socket) -> tuple[list[bytes], bytes] | None:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(1 << 16)
        if not block:
            return None
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def _answer(connection: socket.socket, status: int, document: dict[str, str]) -> None:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def run(argv: list[str], env: dict[str, str]) -> tuple[float, float, int]:
    """Run a client; return its seconds by the clock and of CPU, and the most memory it had, in bytes."""
    began = time.perf_counter()
    process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{argv[0]} ended with {process.returncode}: {said.decode()}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def clients(folder: Path, url: str) -> dict[str, list[str]]:
    video, srt = folder / "a.mp4", folder / "a.srt"
    fields = ["-F", f"index_id={INDEX}", "-F", "language=en", "-F", "provide_transcription=true"]
    files = ["-F", f"video_file=@{video}", "-F", f"transcription_file=@{srt};type=text/plain"]
    python = [sys.executable, "-m", "s3transfer_tl", "upload", str(video), str(srt), "--index-id", INDEX]
    return {
        "s3transfer-tl upload": [*python, "--language", "en", "--ledger"],
        "curl -F": ["curl", "-sS", "-f", *fields, *files, "-H", "x-api-key: k", f"{url}/v1.2/tasks"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=2 << 30)
    options = parser.parse_args()
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    counts: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports, counts), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ports.get()}"
    seconds: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    memory: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "s3transfer_tl" / "sandbox" / "sample.mp4", folder / "a.mp4")
        os.truncate(folder / "a.mp4", options.size)
        (folder / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,500\nHello.\n")
        env = os.environ | {"TWELVELABS_BASE_URL": url, "TWELVE_LABS_API_KEY": "k"}
        for number in range(options.rounds + 1):  # the first warms up
            for client, argv in clients(folder, url).items():
                more = [str(folder / f"{number}.sqlite3")] if client.startswith("s3") else []
                taken, busy, peak = run([*argv, *more], env)
                assert counts.get() > options.size
                if number:
                    seconds.setdefault(client, []).append(taken)
                    cpu.setdefault(client, []).append(busy)
                    memory.setdefault(client, []).append(peak)
    server.terminate()
    server.join()
    print(f"{options.size:,} bytes, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    print("| client | seconds | MB/s | CPU seconds | most memory |\n| --- | --- | --- | --- | --- |")
    for client, taken_all in seconds.items():
        median = statistics.median(taken_all)
        rate = options.size / median / 1e6
        peak = max(memory[client]) / 1e6
        busy = statistics.median(cpu[client])
        print(f"| {client} | {median:.2f} | {rate:,.0f} | {busy:.2f} | {peak:.0f} MB |")
    ours, theirs = seconds.values()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(f"ratio inside a round: median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}")


if __name__ == "__main__":
    main()

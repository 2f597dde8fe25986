"""Videos in S3 and on disk: what is told of them, at what cost, and what a hostile one cannot do."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from s3transfer_tl import media
from s3transfer_tl.errors import UsageError
from s3transfer_tl.media import workers
from s3transfer_tl.media.parts import Parts
from s3transfer_tl.model import MediaVerdict, S3Settings
from tests.servers import SeaweedFS
from tests.videos import video

MP4, MKV = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}
VIDEOS: dict[str, tuple[bytes, tuple[object, ...]]] = {
    "faststart.mp4": (video(movflags="faststart"), (640, 360, 10, True, MP4)),
    "at-the-end.mp4": (video(), (640, 360, 10, True, MP4)),
    "portrait.mov": (video(kind="mov", size=(360, 640)), (360, 640, 10, True, MP4)),
    "mute.mp4": (video(sound=False), (640, 360, 10, False, MP4)),
    "sound-alone.mp4": (video(size=None), (0, 0, 10, True, MP4)),
    "in-fragments.mp4": (video(**FRAGMENTS), (640, 360, 10, True, MP4)),
    "a key with spaces, %41 and ?.mkv": (video(kind="matroska"), (640, 360, 10, True, MKV)),
    "mute.mkv": (video(kind="matroska", sound=False), (640, 360, 10, False, MKV)),
    "sound-alone.mkv": (video(kind="matroska", size=None), (0, 0, 10, True, MKV)),
    "vp8.webm": (video(kind="webm", codec="libvpx", sound=False), (640, 360, 10, False, MKV)),
    "stream.ts": (video(kind="mpegts", codec="mpeg2video"), (640, 360, 10, True, "mpegts")),
    "old.avi": (video(kind="avi"), (640, 360, 10, True, "avi")),
    "master.mxf": (video(kind="mxf", codec="mpeg2video", sound=False), (640, 360, 10, False, "mxf")),
}
UNKNOWN = {
    "cut-off.mp4": (video()[:100_000], "it has no movie header"),
    "long-fragments.mp4": (video(40, **FRAGMENTS), "it is in fragments"),
    "live.mkv": (video(kind="matroska", live="1"), "tells no duration"),
    "empty.mp4": (b"", "it is empty"),
    "text.mp4": (b"this is no video\n" * 100, "FFmpeg cannot read it"),
    "noise.mkv": (bytes(range(256)) * 400, "FFmpeg cannot read it"),
}


class Shelf(NamedTuple):
    """A bucket with all of them."""

    bucket: str
    settings: S3Settings

    def probe(self, *names: str) -> dict[str, MediaVerdict]:
        uris = [f"s3://{self.bucket}/{name}" for name in names]
        found = list(media.probe(uris, s3=self.settings, processes=2))
        assert sorted(verdict.uri for verdict in found) == sorted(uris)
        return {verdict.uri.split("/", 3)[3]: verdict for verdict in found}


@pytest.fixture
def shelf(shelved: tuple[str, SeaweedFS], monkeypatch: pytest.MonkeyPatch) -> Shelf:
    bucket, server = shelved
    for name, value in server.env().items():
        monkeypatch.setenv(name, value)
    return Shelf(bucket, S3Settings(endpoint_url=server.env()["AWS_ENDPOINT_URL"]))


@pytest.fixture(scope="module")
def shelved(seaweed: SeaweedFS) -> tuple[str, SeaweedFS]:
    bucket = seaweed.create_bucket()
    client = seaweed.client()
    for name, (data, _) in {**VIDEOS, **UNKNOWN}.items():
        client.put_object(Bucket=bucket, Key=name, Body=data)
    client.close()
    return bucket, seaweed


def told(verdict: MediaVerdict) -> tuple[object, ...]:
    seconds = verdict.duration and round(verdict.duration)
    return (verdict.width, verdict.height, seconds, verdict.has_audio, verdict.container)


def test_videos_in_s3_are_told_by_their_headers(shelf: Shelf) -> None:
    found = shelf.probe(*VIDEOS)
    assert {name: told(verdict) for name, verdict in found.items()} == {n: t for n, (_, t) in VIDEOS.items()}
    assert {verdict.reason for verdict in found.values()} == {""}


def test_what_cannot_be_told_is_unknown_with_the_reason(shelf: Shelf) -> None:
    for name, verdict in shelf.probe(*UNKNOWN).items():
        assert verdict.duration is None
        assert UNKNOWN[name][1] in verdict.reason
        assert not verdict.unread


def test_pixels_and_sound_are_known_where_the_duration_is_not(shelf: Shelf) -> None:
    found = shelf.probe("long-fragments.mp4", "live.mkv")
    assert {told(verdict)[:4] for verdict in found.values()} == {(640, 360, None, True)}


@pytest.mark.parametrize("name", VIDEOS)
def test_a_file_on_disk_is_told_as_in_s3(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a video"
    path.write_bytes(VIDEOS[name][0])
    assert told(media.probe_file(path)) == VIDEOS[name][1]


def test_a_file_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    assert "No such file" in media.probe_file(tmp_path / "none.mp4").reason


def test_what_s3_does_not_serve_is_unread_and_the_others_go_on(shelf: Shelf) -> None:
    uris = [f"s3://{shelf.bucket}/none.mp4", "s3://no-such-bucket-here/a.mp4", "nonsense"]
    sound = f"s3://{shelf.bucket}/mute.mp4"
    found = {verdict.uri: verdict for verdict in media.probe([*uris, sound], s3=shelf.settings)}
    assert [found[uri].unread for uri in [*uris, sound]] == [True, True, True, False]
    assert "no such object" in found[uris[0]].reason
    assert "no bucket" in found[uris[1]].reason
    assert "not asked for" in found[uris[2]].reason


def test_a_dead_endpoint_makes_every_video_unread(shelf: Shelf) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = S3Settings(endpoint_url=f"http://127.0.0.1:{port}")
    found = list(media.probe((f"s3://media/{number}.mp4" for number in range(40)), s3=settings))
    assert len(found) == 40
    assert all(verdict.unread for verdict in found)


def test_videos_are_taken_as_room_appears(shelf: Shelf) -> None:
    taken = []

    def uris() -> Iterator[str]:
        for _ in range(30):
            taken.append(1)
            yield f"s3://{shelf.bucket}/mute.mp4"

    run = media.probe(uris(), s3=shelf.settings, in_flight=4)
    next(run)
    assert len(taken) <= 4 + 4
    assert len(list(run)) == 29


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """Listen on loopback; note who comes."""
    visits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    visitor, address = server.accept()
                    visits.append(address)
                    visitor.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], visits
        finally:
            done.set()
            thread.join()


def playlists(port: int, local: Path) -> dict[str, bytes]:
    url = f"http://127.0.0.1:{port}/seg.ts"
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL><SegmentBase/></Representation>'
        "</AdaptationSet></Period></MPD>"
    )
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    return {
        "hls": hls.format(url).encode(),
        "hls of a file": hls.format(f"file://{local}").encode(),
        "ffconcat": f"ffconcat version 1.0\nfile '{url}'\n".encode(),
        "ffconcat of a file": f"ffconcat version 1.0\nfile 'file://{local}'\nfile '{local}'\n".encode(),
        "dash": dash.format(url).encode(),
        "dash of a file": dash.format(f"file://{local}").encode(),
        "sdp": sdp.encode(),
        "smil": f'<smil><body><video src="{url}"/></body></smil>'.encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'.encode(),
        "quicktime reference": b"RTSPtext\nrtsp://127.0.0.1:%d/x\n" % port,
    }


@pytest.mark.parametrize("ending", ["mp4", "m3u8"])
def test_a_playlist_disguised_as_a_video_fetches_nothing(ending: str, tmp_path: Path) -> None:
    local = tmp_path / "local.mp4"
    local.write_bytes(VIDEOS["mute.mp4"][0])
    with listener() as (port, visits):
        for kind, data in playlists(port, local).items():
            path = tmp_path / f"disguised.{ending}"
            path.write_bytes(data)
            verdict = media.probe_file(path)
            assert (verdict.width, verdict.duration) == (None, None), kind
            assert verdict.reason
        assert visits == []
        socket.create_connection(("127.0.0.1", port)).close()
    assert len(visits) == 1  # it would have noticed


def test_a_playlist_in_s3_fetches_nothing(shelf: Shelf, seaweed: SeaweedFS, tmp_path: Path) -> None:
    client = seaweed.client()
    with listener() as (port, visits):
        kinds = playlists(port, tmp_path / "none.mp4")
        for kind, data in kinds.items():
            client.put_object(Bucket=shelf.bucket, Key=f"{kind}.mp4", Body=data)
        found = shelf.probe(*(f"{kind}.mp4" for kind in kinds))
    client.close()
    assert visits == []
    assert all(verdict.width is None for verdict in found.values())


def script(folder: Path, body: str) -> Path:
    """Write a process that greets as the real one does and then runs ``body`` for each video."""
    path = folder / "process.py"
    path.write_text(
        "import sys, json, os, time, signal, socket\n"
        f"sys.path.insert(0, {str(workers.SCRIPT.parent)!r})\n"
        "import worker\n"
        "worker.confine()\n"
        "print('{}', flush=True)\n"
        "while worker.job(sys.stdin.buffer):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    )
    return path


def run(path: Path, count: int = 1, seconds: float = 5.0) -> list[workers.Found]:
    parts = Parts(4)
    parts.add(0, b"none")
    with workers.Workers(1, seconds, path) as pool:
        return [pool.run(workers.Job(number, parts, True)) for number in range(count)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("os._exit(3)", "exit code 3"),
        ("sys.stdout.close(); os.close(0); os.close(1); time.sleep(60)", "closed its pipe"),
        ("time.sleep(60)", "more than 1 s"),
        ("print('x' * 100_000, flush=True)", "ended the reader"),
        ("print('nonsense', flush=True)", "makes no sense"),
        ("print('[1]', flush=True)", "makes no sense"),
        ("x = bytearray(2 << 30)", "exit code 1"),
    ],
    ids=["crash", "exit", "closed", "hang", "flood", "nonsense", "list", "memory"],
)
def test_a_reading_that_goes_wrong_is_unknown_and_the_next_goes_on(
    body: str, reason: str, tmp_path: Path
) -> None:
    found = run(script(tmp_path, body), count=2, seconds=1.0)
    assert all(reason in one.reason for one in found)


def test_what_a_process_says_is_believed_only_where_it_can_be_true(tmp_path: Path) -> None:
    said = {"width": -5, "height": "tall", "duration": float("inf"), "has_audio": 1, "container": "a\x1b[31m"}
    (found,) = run(
        script(tmp_path, f"print(json.dumps({said!r}.copy()), flush=True)".replace("inf", "1e999"))
    )
    assert found[:4] == (None, None, None, None)
    assert found.container == "a?[31m"


def test_a_process_has_no_credentials_no_files_and_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TWELVE_LABS_API_KEY", "HOME"):
        monkeypatch.setenv(name, "a secret")
    body = """\
tried = []
for attempt in (lambda: open("/etc/passwd"), socket.socket):
    try:
        attempt()
        tried.append("done")
    except OSError:
        tried.append("refused")
print(json.dumps({"reason": json.dumps([sorted(os.environ), tried])}), flush=True)"""
    (found,) = run(script(tmp_path, body))
    names, tried = json.loads(found.reason)
    assert tried == ["refused", "refused"]
    assert not {name for name in names if name.startswith(("AWS", "TWELVE", "HOME"))}


def test_a_process_that_does_not_start_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import no_such_module\n")
    assert all("does not start" in found.reason for found in run(path, count=3))


def test_a_process_that_was_killed_as_it_started_is_replaced(tmp_path: Path) -> None:
    path, mark = script(tmp_path, """print('{"width": 640}', flush=True)"""), tmp_path / "begun"
    once = f"import os, pathlib, signal\nif not os.path.exists({str(mark)!r}):\n"
    once += f"    pathlib.Path({str(mark)!r}).touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    path.write_text(once + path.read_text())
    assert [found.width for found in run(path, count=2)] == [640, 640]


def test_no_process_is_left_behind(shelf: Shelf) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = children()
    shelf.probe("mute.mkv", "old.avi")
    run_on = media.probe([f"s3://{shelf.bucket}/mute.mkv"] * 20, s3=shelf.settings)
    next(run_on)
    run_on.close()  # type: ignore[attr-defined]
    assert children() <= before


def test_without_pyav_mp4_is_read_and_the_rest_is_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(media, "has_pyav", lambda: False)
    for name in ("faststart.mp4", "mute.mkv", "in-fragments.mp4"):
        (tmp_path / name).write_bytes(VIDEOS[name][0])
    assert told(media.probe_file(tmp_path / "faststart.mp4")) == VIDEOS["faststart.mp4"][1]
    for name in ("mute.mkv", "in-fragments.mp4"):
        assert "pip install 's3transfer-tl[media]'" in media.probe_file(tmp_path / name).reason
    with pytest.raises(UsageError) as error:
        media.require()
    assert error.value.hint == "pip install 's3transfer-tl[media]'"

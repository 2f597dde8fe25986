"""Small videos, made with PyAV: each kind of container that the tests need."""

from __future__ import annotations

import functools
import io
import tempfile
from fractions import Fraction
from pathlib import Path

FPS, SAMPLES, RATE = 25, 1024, 48000


@functools.cache
def packets(width: int, height: int, codec: str = "mpeg4") -> bytes:
    """Return one encoded black picture."""
    import av

    with av.open(io.BytesIO(), "w", format="matroska") as scratch:
        stream = scratch.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        return bytes(next(iter([*stream.encode(frame), *stream.encode(None)])))


@functools.cache
def silence(codec: str = "aac") -> bytes:
    import av

    with av.open(io.BytesIO(), "w", format="matroska") as scratch:
        stream = scratch.add_stream(codec, rate=RATE)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=SAMPLES)
        frame.rate, frame.pts = RATE, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        return bytes(next(iter([*stream.encode(frame), *stream.encode(None)])))


def video(
    seconds: float = 10,
    *,
    kind: str = "mp4",
    size: tuple[int, int] | None = (640, 360),
    sound: bool = True,
    codec: str = "mpeg4",
    **options: str,
) -> bytes:
    """Return a video of ``seconds``; ``size`` None is sound alone. ``options`` are the muxer's."""
    import av

    with (
        tempfile.NamedTemporaryFile() as target,
        av.open(target.name, "w", format=kind, options=options) as out,
    ):
        picture = out.add_stream(codec, rate=FPS) if size else None
        if picture and size:
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
        audio = out.add_stream("aac", rate=RATE) if sound else None
        heard = 0
        for seen in range(int(seconds * FPS)):
            if picture and size:
                _mux(out, picture, packets(*size, codec), seen, 1, Fraction(1, FPS))
            while audio and heard * SAMPLES / RATE < seen / FPS:
                _mux(out, audio, silence(), heard * SAMPLES, SAMPLES, Fraction(1, RATE))
                heard += 1
        out.close()
        return Path(target.name).read_bytes()


def _mux(out, stream, data: bytes, at: int, duration: int, base: Fraction) -> None:  # type: ignore[no-untyped-def]
    import av

    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, base
    packet.pts = packet.dts = at
    packet.duration, packet.is_keyframe = duration, True
    out.mux(packet)

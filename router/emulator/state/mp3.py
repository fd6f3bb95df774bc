"""Recordings are real mp3 files: MPEG-2 layer III frames, mono, 16 kHz, 8 kbit/s, of silence.

A frame whose side information is zero holds no coded data, and decoders give its 576 samples as silence. So a file of
any length is one frame, repeated.
"""

from typing import Final

SAMPLE_RATE: Final = 16_000
SAMPLES_IN_A_FRAME: Final = 576
FRAME_BYTES: Final = 36  # 72 * 8,000 bits per second / 16,000 samples per second
HEADER: Final = bytes((0xFF, 0xF3, 0x18, 0xC4))
"""Sync, MPEG-2, layer III, no checksum; 8 kbit/s, 16 kHz, no padding; mono, original."""

FRAME: Final = HEADER.ljust(FRAME_BYTES, b"\x00")


def silence(seconds: float) -> bytes:
    """A file of that length, to the next whole frame; one frame at least."""
    frames = max(1, -(-int(seconds * SAMPLE_RATE) // SAMPLES_IN_A_FRAME))
    return FRAME * frames

"""Bodies as they were before they were packed, piece by piece, so that a bomb is noticed by its first megabytes."""

import zlib
from collections.abc import Iterable, Iterator

CHUNK = 64 * 1024
ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
GZIP = b"\x1f\x8b"


def unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Raises zlib.error, and EOFError where the end is missing: half a feed must not pass for a whole one."""
    if encoding in ("", "identity"):
        yield from pieces
        return
    unpacker = None
    for piece in pieces:
        while piece and (unpacker is None or not unpacker.eof or piece.startswith(GZIP)):
            if unpacker is None or unpacker.eof:  # several may follow each other
                unpacker = zlib.decompressobj(_window(piece))
            yield from _all_of(unpacker, piece)
            piece = unpacker.unused_data
    if unpacker and not unpacker.eof:
        raise EOFError


def _all_of(unpacker: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    while True:
        found = unpacker.decompress(packed, CHUNK)
        yield found
        packed = unpacker.unconsumed_tail
        if not packed and len(found) < CHUNK:
            return


def _window(packed: bytes) -> int:
    """zlib's name for the format, by its first bytes: some hosts call deflate what has no header at all."""
    if packed.startswith(GZIP):
        return 31
    has_header = len(packed) > 1 and packed[0] & 15 == 8 and int.from_bytes(packed[:2], "big") % 31 == 0
    return 15 if has_header else -15

"""What the tests of downloads ask for."""

import hashlib
import random

BODY = b"PK\x03\x04" + random.Random(1).randbytes(300_000)
DIGEST = hashlib.sha256(BODY).hexdigest()
OTHER = b"PK\x03\x04" + random.Random(2).randbytes(300_000)
HTML = b"<!-- hi -->\n<!DOCTYPE html><html><head><title>Quota\n exceeded</title></head>" + b" " * 2000
ZIP = (b"PK\x03\x04",)


def left(tmp_path):
    folder = tmp_path / "out"
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []

"""Secret key of the pseudonyms under which the looks at a cohort name its patients."""

import hashlib
import os
import secrets
from pathlib import Path

from features.errors import InputError

KEY_FILE = "looks.key"
KEY_BYTES = 32
FINGERPRINT_TEXT = b"CD7Watch looks"


def read_look_key(folder: Path, recorded: str | None) -> bytes:
    """The key in the state folder, made at the first look, readable by its owner only.

    `recorded` is the fingerprint of the key of earlier looks, None where there are none. The
    caller holds the lock of the looks. Raises InputError where earlier looks were made with
    another key, or with one that is missing: their patients could not be recognised.
    """
    path = folder / KEY_FILE
    if not path.exists():
        if recorded is not None:
            raise InputError(
                f"Earlier looks at patients were counted under a secret key, but {path} is "
                "missing: restore it from a backup, or copy it from the state folder of the first "
                "fit; without it these patients cannot be recognised."
            )
        _write_key(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES or recorded not in (None, key_fingerprint(key)):
        raise InputError(
            f"Earlier looks at patients were counted under another secret key than {path}: copy "
            "the key from the state folder of the first fit; with this one these patients cannot "
            "be recognised."
        )
    return key


def key_fingerprint(key: bytes) -> str:
    """16 hexadecimal digits that tell keys apart and do not give the key away.

    >>> key_fingerprint(b"k") == key_fingerprint(b"l")
    False
    """
    return hashlib.blake2b(FINGERPRINT_TEXT, key=key, digest_size=8).hexdigest()


def _write_key(path: Path) -> None:
    """Write a new key under another name first, so that a crash leaves no half of one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    draft.replace(path)

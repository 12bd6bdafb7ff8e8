#!/usr/bin/env python3
"""Checks a proof of Signalbox: `prove.py KEY FILE`, where KEY is the 64 digits of the public key.

Standard library alone; the signature by the package `cryptography` or by the command `openssl`.
The record is hashed, climbs to the root by its neighbours (RFC 6962), and the root stands in a
head that is signed with Ed25519 (RFC 8032). Behind the signature stand the keys that handed over,
oldest first, each pair with both its signatures: KEY may be any of them. Any octet altered, and it
says no.
"""

import hashlib
import re
import subprocess
import sys
import tempfile


def is_signed(text, signature, key):
    """Was the text signed with that key?"""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return is_signed_by_openssl(text, signature, key)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def is_signed_by_openssl(text, signature, key):
    """The same by `openssl pkeyutl` (3.0 or newer)."""
    files = [tempfile.NamedTemporaryFile() for _ in range(3)]
    der = bytes.fromhex("302a300506032b6570032100") + key  # RFC 8410
    for file, octets in zip(files, (text, signature, der)):
        file.write(octets)
        file.flush()
    told, signed, public = (file.name for file in files)
    words = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
             "-inkey", public, "-sigfile", signed, "-in", told]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def keys_of(lines, key):
    """The keys that stand for one another, of which `key` is one."""
    keys = []
    for line in lines.decode().splitlines():
        _, old, new, by_old, by_new = line.split(" ")
        text = f"signalbox key 1\nold {old}\nnew {new}\n".encode()
        for one, signature in ((old, by_old), (new, by_new)):
            if not is_signed(text, bytes.fromhex(signature), bytes.fromhex(one)):
                raise ValueError("a key did not hand over so")
        if keys and keys[-1] != old:
            raise ValueError("the keys do not hand over one to the other")
        keys += [new] if keys else [old, new]
    if keys and key not in keys:
        raise ValueError("that key is none of those that handed over")
    return keys or [key]


def check(proof, key):
    """The record that is proven; raises ValueError if it is not."""
    form = re.fullmatch(rb"signalbox proof 1\n(.*)\n((?:(?:left|right) [0-9a-f]{64}\n)*)"
                        rb"(signalbox folio 1\n(?:.*\n)*?)signature ([0-9a-f]{128})\n"
                        rb"((?:key(?: [0-9a-f]{64}){2}(?: [0-9a-f]{128}){2}\n)*)", proof)
    if not form:
        raise ValueError("this is no proof")
    record, way, head, signature, keys = form.groups()
    known = hashlib.sha256(b"\0" + record).digest()
    for line in way.splitlines():
        side, other = line.split(b" ")
        other = bytes.fromhex(other.decode())
        pair = other + known if side == b"left" else known + other
        known = hashlib.sha256(b"\1" + pair).digest()
    if f"root {known.hex()}".encode() not in head.splitlines():
        raise ValueError("the record does not lead to the root of the head")
    signature = bytes.fromhex(signature.decode())
    if not any(is_signed(head, signature, bytes.fromhex(one)) for one in keys_of(keys, key)):
        raise ValueError("the head is not signed with that key")
    return record.decode()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    try:
        with open(sys.argv[2], "rb") as file:
            print(check(file.read(), sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(f"NOT PROVEN: {error}")

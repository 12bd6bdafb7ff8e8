#!/usr/bin/env python3
"""Compares our tables with those of Perl's Encode::GSM0338, smpplib, tshark and Android.

Standard input has a line for each septet as `cargo run --example vectors` of dataplane/text
prints it. Whatever differs must stand in EXPLAINED; docs/texts.md says why.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
from collections import namedtuple

import smpplib.gsm

from alphabets import NATIONAL

Vector = namedtuple("Vector", "kind language septets packed text")

# Who, language, septets, and why they differ; docs/texts.md has the same.
EXPLAINED = {
    ("smpplib", 0, "5f"): "its table has ` in the place of §",
    ("smpplib", 0, "1b0a"): "its table has no form feed",
}

PERL = r"""
use Encode; use Encode::GSM0338; binmode STDOUT, ":ascii";
while (<STDIN>) {
    chomp; my $text = eval { decode("gsm0338", pack("H*", $_), Encode::FB_CROAK) };
    print defined $text ? join(",", map { sprintf "%04x", ord } split //, $text) : "-", "\n";
}
"""


def vectors(lines):
    """What we say."""
    for line in lines:
        kind, language, septets, packed, points = line.split()
        text = "".join(chr(int(point, 16)) for point in points.split(","))
        yield Vector(kind, int(language), bytes.fromhex(septets), bytes.fromhex(packed), text)


def perl(ours):
    """What Perl reads, one text for each."""
    asked = "".join(one.septets.hex() + "\n" for one in ours)
    said = subprocess.run(["perl", "-e", PERL], input=asked, capture_output=True, text=True,
                          check=True).stdout.split()
    return ["".join(chr(int(point, 16)) for point in one.split(",")) if one != "-" else None
            for one in said]


def smpplib_octets(text):
    """What smpplib writes."""
    try:
        return smpplib.gsm.gsm_encode(text)
    except UnicodeError:
        return None


def tshark(ours):
    """What tshark's gsm_sms shows of SMS-DELIVERs with these texts, packed as on the air."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vectors.pcap")
        with open(path, "wb") as file:
            # User link type 0, which the option below hands to gsm_sms.
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 147))
            for one in ours:
                tpdu = deliver(one)
                file.write(struct.pack("<IIII", 0, 0, len(tpdu), len(tpdu)) + tpdu)
        said = subprocess.run(
            ["tshark", "-r", path, "-T", "json", "-e", "gsm_sms.sms_text",
             "-o", 'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""'],
            capture_output=True, text=True, check=True).stdout
    layers = [frame["_source"]["layers"] for frame in json.loads(said)]
    return [layer.get("gsm_sms.sms_text", [None])[0] for layer in layers]


def deliver(one):
    """An SMS-DELIVER (3GPP TS 23.040 §9.2.2.1) from 1234."""
    address, stamp = bytes([4, 0x91, 0x21, 0x43]), bytes.fromhex("62112291000000")
    return (bytes([0x04]) + address + bytes([0, 0]) + stamp + bytes([len(one.septets)])
            + one.packed)


def android(one):
    """What Android's table has."""
    return NATIONAL[one.kind, one.language][one.septets[-1]]


def main():
    """Compares, prints a table, and fails by its exit code."""
    ours = list(vectors(sys.stdin))
    default = [one for one in ours if one.kind == "default"]
    # Of a language's tables what is its own: its letters, or what follows an escape.
    national = [one for one in ours if one.kind == ("locking", "single")[len(one.septets) - 1]]
    rows, wrong = [], []

    def compare(who, theirs, mine, of):
        differing = [(who, one.language, one.septets.hex(), repr(his)) for one, his, my
                     in zip(of, theirs, mine) if his != my]
        unexplained = [one for one in differing if one[:3] not in EXPLAINED]
        rows.append((who, len(of), len(differing), len(unexplained)))
        wrong.extend(unexplained)

    compare("Encode::GSM0338", perl(default), [one.text for one in default], default)
    compare("smpplib", [smpplib_octets(one.text) for one in default],
            [one.septets for one in default], default)
    compare("tshark gsm_sms", tshark(default), [one.text for one in default], default)
    compare("Android", [android(one) for one in national], [one.text for one in national], national)
    print(f"{'':18}{'vectors':>9}{'differ':>8}{'unexplained':>13}")
    for who, count, differing, unexplained in rows:
        print(f"{who:18}{count:>9}{differing:>8}{unexplained:>13}")
    for (who, _, septets), why in EXPLAINED.items():
        print(f"   {who} {septets}: {why}")
    for row in wrong[:40]:
        print("   unexplained:", *row)
    return 1 if wrong or len(default) != 127 + 10 or len(national) < 1_800 else 0


if __name__ == "__main__":
    sys.exit(main())

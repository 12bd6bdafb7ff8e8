"""Texts of every kind, and third-party tables to say and read them with.

GSM 03.38 is what Perl's Encode::GSM0338 says, the national tables are Android's; neither knows
anything of ours.
"""

import os
from collections import namedtuple

from paths import ROOT

TABLES = os.path.join(ROOT, "dataplane", "text", "src")
LANGUAGES = {1: "Turkish", 2: "Spanish", 3: "Portuguese", 4: "Bengali", 5: "Gujarati", 6: "Hindi",
             7: "Kannada", 8: "Malayalam", 9: "Oriya", 10: "Punjabi", 11: "Tamil", 12: "Telugu",
             13: "Urdu"}
ESCAPE, SINGLE, LOCKING, UDHI = 0x1B, 0x24, 0x25, 0x40

# A text, and how it is said: in GSM 7-bit, in UCS-2, with a language's tables, or octets.
Case = namedtuple("Case", "name text how")


def gsm_table():
    """Septets by character, as Perl has them."""
    table = {}
    with open(os.path.join(TABLES, "gsm7", "encode_gsm0338.txt"), encoding="ascii") as lines:
        for line in lines:
            septets, point = line.split()
            table[chr(int(point, 16))] = bytes.fromhex(septets)
    return table


def national_tables():
    """Characters by septet, by kind and language, as Android has them."""
    with open(os.path.join(TABLES, "shift", "android.txt"), encoding="ascii") as lines:
        lines = lines.read().splitlines()
    tables = {}
    for at in range(0, len(lines), 9):
        kind, language = lines[at].split()
        points = [int(point, 16) for line in lines[at + 1:at + 9] for point in line.split()]
        tables[kind, int(language)] = [chr(point) if point else None for point in points]
    return tables


GSM = gsm_table()
NATIONAL = national_tables()


def national_octets(language):
    """The tables that a language has, as header elements, and all that they mean, as septets."""
    locking, single = NATIONAL.get(("locking", language)), NATIONAL["single", language]
    header = bytes([SINGLE, 1, language]) + (bytes([LOCKING, 1, language]) if locking else b"")
    septets, text = b"", ""
    default = {octets[0]: char for char, octets in GSM.items() if len(octets) == 1}
    for septet in range(128):
        char = locking[septet] if locking else default.get(septet)
        if septet != ESCAPE and char not in (None, " ", "\r", "\n", "\f"):
            septets, text = septets + bytes([septet]), text + char
    for septet, char in enumerate(single):
        if char not in (None, " ", "\r", "\n", "\f") and septet != ESCAPE:
            septets, text = septets + bytes([ESCAPE, septet]), text + char
    return header, septets, text


def lines_of(table):
    """All characters but those that end a line, which a user interface shows as it likes."""
    return "".join(char for char in table if char not in "\r\n\f")


def take(text, count):
    """So many characters of a text that is repeated."""
    return (text * (count // len(text) + 1))[:count]


QUICK = "The quick brown fox jumps over the lazy dog, and 12 more of them. "


def cases():
    """The texts of the matrix."""
    plain, pairs = lines_of(c for c in GSM if len(GSM[c]) == 1), [c for c in GSM if len(GSM[c]) > 1]
    found = [Case("every GSM character", plain, "gsm"),
             Case("every extension", "".join(c for c in pairs if c != "\f") * 3, "gsm"),
             Case("lines", "one\ntwo\nthree", "gsm")]
    for count in (1, 70, 71, 134, 159, 160, 161, 306, 1000):
        found.append(Case(f"{count} of GSM", take(QUICK, count), "gsm"))
    found.append(Case("pair at the cut", "x" * 152 + "€" + "y" * 100, "gsm"))
    for count in (1, 70, 71, 134, 306, 1000):
        found.append(Case(f"{count} of UCS-2", take("Съешь же ещё этих мягких булок. ", count),
                          "ucs2"))
    found += [Case("Chinese", take("你好，世界。这是一条消息", 100), "ucs2"),
              Case("Hindi", take("नमस्ते दुनिया ", 100), "ucs2"),
              Case("emoji", "😀👨\u200d👩\u200d👧🇩🇪 e\u0301" * 12, "ucs2"),
              Case("emoji at the cut", "ж" * 66 + "😀" + "ж" * 60, "ucs2"),
              Case("right to left", "שלום עולם \u202bمرحبا بالعالم\u202c " * 4, "ucs2")]
    found += [Case(name, language, "national") for language, name in LANGUAGES.items()]
    found.append(Case("binary", bytes(range(256)) [:140], "octets"))
    return found


def concat(reference, parts, more=b""):
    """Parts under a header with an 8-bit reference."""
    if len(parts) == 1 and not more:
        return parts
    total = len(parts)
    headers = [(bytes([0, 3, reference & 0xFF, total, number]) if total > 1 else b"") + more
               for number in range(1, total + 1)]
    return [bytes([len(header)]) + header + part for header, part in zip(headers, parts)]

"""All scenarios, by name, in the order in which they are written."""

from scenarios.registry import ALL
from scenarios import (smoke, carriers_to_apps, urgent, apps_to_apps, apps_in_trouble, entry,
                       entry_of_many, ways, settlement, adoption, bad_input)
from scenarios import smpp_esmes, smpp_smscs, smpp_tls, smpp_table, smpp_words, smpp_load, doctor
from scenarios import sip_streams, sip_matrix, sip_networks, texts, matrix, tables, durability
from scenarios import sip_storm, trunks, trunks_named, proof, sip_devices
from scenarios import nemesis, nemesis_disk, start
from scenarios import handsets

__all__ = ["ALL", "handsets", "smoke", "carriers_to_apps", "urgent", "apps_to_apps",
           "apps_in_trouble",
           "entry", "entry_of_many", "ways", "settlement", "adoption", "bad_input", "smpp_esmes",
           "smpp_smscs", "smpp_tls", "smpp_table",
           "smpp_words", "smpp_load", "doctor", "sip_streams", "sip_matrix", "sip_networks",
           "sip_storm", "trunks", "trunks_named", "proof", "sip_devices", "tables", "texts",
           "matrix", "durability", "nemesis", "nemesis_disk", "start"]

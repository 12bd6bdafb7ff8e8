"""All scenarios, by name, in the order in which they are written."""

from importlib import import_module

from scenarios.registry import ALL

__all__ = ["ALL"]

ROOMS = """
smoke
carriers_to_apps
urgent
apps_to_apps
apps_in_trouble
entry
entry_of_many
ways
settlement
money
accounts
adoption
bad_input
smpp_esmes
smpp_smscs
smpp_tls
smpp_table
smpp_words
smpp_load
doctor
sip_streams
sip_matrix
sip_networks
sip_storm
sip_devices
handsets
texts
matrix
tables
trunks
trunks_named
proof
durability
durability_million
overload
start
upgrade
nemesis
nemesis_disk
observe
control_api
control_files
control_page
quickstart
records
taps
"""

for room in ROOMS.split():
    import_module(f"scenarios.{room}")

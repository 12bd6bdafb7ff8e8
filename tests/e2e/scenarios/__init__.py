"""All scenarios, by name, in the order in which they are written."""

from scenarios.registry import ALL
from scenarios import (smoke, carriers_to_apps, apps_to_apps, entry, settlement, adoption,
                       bad_input)

__all__ = ["ALL", "smoke", "carriers_to_apps", "apps_to_apps", "entry", "settlement", "adoption",
           "bad_input"]

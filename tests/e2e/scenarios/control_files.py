"""The files of environments, judged by a validator of JSON Schema that is not ours."""

import glob
import json
import os
import re
import tomllib

import jsonschema_rs

from paths import ROOT
from scenarios.registry import scenario
from waiting import same, true
from world import TATA_PASSWORD

# What stands in documents is a part of a file; this is the rest.
WORLD = "[environment.env1]\n"
# A file with a mistake in it is of no use here.
WRONG = ("/files.in/noun.toml", "/files.in/field.toml", "/files.in/value.toml",
         "/files.in/syntax.toml")


def files():
    """Every file of an environment in the repository, and what documents show of one."""
    for pattern in ("ansible/inventories/*/environments/*.toml", "tools/ctl/tests/*.in/*.toml",
                    "docs/*.in/*.toml"):
        for path in sorted(glob.glob(os.path.join(ROOT, pattern))):
            if not path.endswith(WRONG):
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), file.read()
    for path in sorted(glob.glob(os.path.join(ROOT, "docs/*.md"))):
        with open(path, encoding="utf-8") as page:
            for block in re.findall(r"```toml\n(.*?)```", page.read(), re.DOTALL):
                if re.search(r"^\[(carrier|account|policy|table|range)\.", block, re.MULTILINE):
                    whole = block if "[environment." in block else WORLD + block
                    yield os.path.relpath(path, ROOT), whole


@scenario("control/files", "control", peers=["jsonschema-rs"])
def environment_files(run):
    """The schema of apply takes every file that we show and what export writes, and no nonsense"""
    with run.world("env1") as world:
        schema = json.loads(world.cli.run("apply", "--schema"))
        with open(os.path.join(ROOT, "docs/apply.schema.json"), encoding="utf-8") as kept:
            same("the schema in docs", json.load(kept), schema)
        validator = jsonschema_rs.Draft202012Validator(schema)
        judged = 0
        for path, text in files():
            errors = [str(error) for error in validator.iter_errors(tomllib.loads(text))]
            same(f"what is wrong with {path}", [], errors)
            judged += 1
        true(f"some files were judged ({judged})", judged >= 8)
        world.start()
        world.add_environments()
        world.add_tata()
        world.commit("a world")
        exported = tomllib.loads(world.cli.run("export", "--env", "env1"))
        same("what is wrong with an export", [],
             [str(error) for error in validator.iter_errors(exported)])
        for spoil in (lambda file: file.update(carier={}),
                      lambda file: file["carrier"]["TATA"].update(tsp=1),
                      lambda file: file["carrier"]["TATA"].update(window="many"),
                      lambda file: file["carrier"]["TATA"].update(ack="durabel"),
                      lambda file: file.pop("environment")):
            spoilt = json.loads(json.dumps(exported))
            spoil(spoilt)
            true(f"nonsense is refused: {spoilt.keys()}", not validator.is_valid(spoilt))
        true("the password is not exported", TATA_PASSWORD not in json.dumps(exported))
        run.say(f"{judged} files and an export are as the schema says")

"""Control's interface from afar, judged by schemathesis."""

import http.client
import json
import os
import re
import ssl
import subprocess
import urllib.error
import urllib.request

from certificates import Authority
from carriers import Smpplib
from campaign import Campaign
from paths import ROOT
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true
from world import PHONE_PASSWORD, TATA_PASSWORD

API = "127.0.0.1:8443"
# Of each address; the whole takes a minute.
EXAMPLES = os.environ.get("SIGNALBOX_EXAMPLES", "40")


class Afar:
    """The API over TLS, with a token."""

    def __init__(self, world, authority, role, *more):
        self.token = world.cli.run("token", "add", role, "--role", role, *more).strip()
        self.trust = ssl.create_default_context(cafile=authority.certificate)

    def ask(self, method, path, body=None, **headers):
        """Status, headers and text."""
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {**known, "Content-Type": "application/json", **more}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(f"https://{API}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.trust) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read().decode()


def site(run, *nodes, **more):
    """A world whose control is reached over TLS, and who signed its certificate."""
    authority = Authority(run.directory)
    certificate, key = authority.issue("api", "127.0.0.1")
    api = {"listen": API, "certificate": certificate, "key": key}
    return run.world(*nodes, api=api, **more), authority


@scenario("control/api", "control", peers=["schemathesis"], seconds=420)
def api(run):
    """Schemathesis finds nothing: every answer is as described, whatever is asked."""
    world, authority = site(run, "env1")
    with world:
        world.start().story()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                       25060).register())
        Campaign(tata, [("1111", "one"), ("999000", "none")]).submit_all().collect_receipts(1)
        afar = Afar(world, authority, "admin")
        same("100 MB of nothing", 413, huge(world, afar))
        strangers(run, afar)
        context(run, world, authority, afar)
        words = [os.path.join(ROOT, ".venv", "bin", "schemathesis"),
                 "--config-file", os.path.join(ROOT, "tests", "e2e", "schemathesis.toml"), "run",
                 f"https://{API}/openapi.json", "--max-examples", EXAMPLES,
                 "--tls-verify", authority.certificate, "--seed", "1"]
        judged = subprocess.run(words, cwd=run.directory, capture_output=True, text=True,
                                env=dict(os.environ, API_TOKEN=afar.token, NO_COLOR="1"))
        said = judged.stdout + judged.stderr
        with open(os.path.join(run.directory, "schemathesis.log"), "w", encoding="utf-8") as log:
            log.write(said)
        same(f"schemathesis: {said[-6000:]}", 0, judged.returncode)
        cases = re.search(r"(\d[\d,]*) generated", said)
        run.say(f"{cases.group(0) if cases else 'cases'}: nothing found")
        true("control still runs", world.control.running)


def context(run, world, authority, afar):
    """The command asks a site by its name, and trusts nobody who is not vouched for."""
    with open(os.path.join(run.directory, "far.token"), "w", encoding="ascii") as token:
        token.write(afar.token)
    path = os.path.join(run.directory, "contexts.toml")
    with open(path, "w", encoding="ascii") as contexts:
        for name, more in (("prod", f'roots = "{authority.certificate}"'), ("unvouched", "")):
            contexts.write(f'[{name}]\naddress = "{API}"\ntoken_file = "far.token"\n{more}\n')
    os.environ["SIGNALBOX_CONTEXTS"] = path
    same("who asks", "token:admin", world.cli.json("--context", "prod", "status")["author"])
    same("whoever vouches", 7, world.cli.call("--context", "unvouched", "status").returncode)


def strangers(run, afar):
    """Who has no token is told so everywhere, and who guesses is slowed down."""
    paths = json.loads(afar.ask("GET", "/openapi.json")[2])["paths"]
    token, afar.token = afar.token, ""
    for path, ways in paths.items():
        for method in ways:
            same(f"{method} {path} of nobody", 401, afar.ask(method.upper(), path, {})[0])
    afar.token = "sb_guessed"
    said = {afar.ask("GET", path)[0] for path in paths}
    true(f"a guess is never good: {said}", said <= {401, 405, 429})
    afar.token = token
    run.say(f"{len(paths)} addresses know nobody without a token")


def huge(world, afar):
    """A request of 100 MB: refused while it is sent, and nothing of it is kept."""
    host, port = API.split(":")
    asked = http.client.HTTPSConnection(host, int(port), context=afar.trust, timeout=60)
    asked.putrequest("POST", "/v1/change")
    for name, value in (("Authorization", f"Bearer {afar.token}"),
                        ("Content-Type", "application/json"), ("Content-Length", "104857600")):
        asked.putheader(name, value)
    asked.endheaders()
    try:
        for _ in range(100):
            asked.send(b" " * 1048576)
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        pass
    status = asked.getresponse().status
    same("the draft", [], world.cli.json("diff")["changes"])
    return status

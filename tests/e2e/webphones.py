"""Apps in JavaScript: JsSIP and SIP.js in Node, and JsSIP in Chromium, over WS and WSS."""

import json

from phones import Got
from program import Program
from waiting import until
from world import WS_PORT, WSS_PORT


class WebPhone:
    """An app on a WebSocket; offers what the phones of phones.py do."""

    digest = "md5"  # JsSIP and SIP.js know no other

    def __init__(self, user, password, domain, transport, directory, trusted=None):
        port = {"ws": WS_PORT, "wss": WSS_PORT}[transport]
        url = f"{transport}://{domain}:{port}/"
        env = {"NODE_EXTRA_CA_CERTS": trusted} if trusted else {}
        self.user, self.transport = user, transport
        self.program = Program(f"{self.name}-{user}", f"{self.name}_phone.js", url, user, password,
                               domain, directory, directory=directory, env=env)

    def register(self, seconds=20):
        """Starts it and waits until it says that it is registered."""
        self.program.start().until("registered", seconds=seconds)
        return self

    def order(self, **words):
        """Tells it what to do."""
        self.program.process.write(json.dumps(words))

    def send(self, number, text):
        """A MESSAGE to a number of its own domain."""
        self.order(op="send", to=number, text=text)

    @property
    def sent(self):
        """How many of its messages have been answered with 2xx."""
        return sum(200 <= one["status"] < 300 for one in self.program.said("answer"))

    @property
    def received(self):
        """What its user sees."""
        return [Got(one["sender"], one["text"], one["call_id"])
                for one in self.program.said("received")]

    def stop(self):
        """Ends it; it takes its registration back."""
        if self.program.process.running:
            self.order(op="leave")
            until(f"end of {self.name}", lambda: not self.program.process.running)

    def kill(self):
        """Ends it without a word to anybody."""
        self.program.kill()


class JsSip(WebPhone):
    """The library of most web phones."""

    name, peer = "jssip", "JsSIP 3.13.8"


class SipJs(WebPhone):
    """The other one."""

    name, peer = "sipjs", "SIP.js 0.21.2"

class Chromium(WebPhone):
    """JsSIP where most of its users have it: in a browser."""

    name, peer = "chromium", "JsSIP 3.13.8 in Chromium"

"""Kannel: bearerbox bound to us as an ESME, smsbox with its HTTP, and an ear for its reports."""

import http.server
import threading
import urllib.parse
import urllib.request

from process import Process
from waiting import until

ADMIN_PORT, BOX_PORT, SENDSMS_PORT, REPORT_PORT = 13000, 13001, 13013, 13080


class Kannel:
    """One bearerbox with one SMSC connection, and one smsbox."""

    def __init__(self, directory, host, system_id, password, port=2775, more=""):
        self.reports = []
        path = f"{directory}/kannel.conf"
        with open(path, "w", encoding="ascii") as config:
            config.write(CONFIG.format(
                admin=ADMIN_PORT, box=BOX_PORT, sendsms=SENDSMS_PORT, directory=directory,
                host=host, port=port, system_id=system_id, password=password, more=more))
        self.bearerbox = Process("bearerbox", ["bearerbox", path], directory)
        self.smsbox = Process("smsbox", ["smsbox", path], directory)
        self.ear = http.server.ThreadingHTTPServer(("127.0.0.1", REPORT_PORT), self._handler())
        threading.Thread(target=self.ear.serve_forever, daemon=True).start()

    def _handler(self):
        reports = self.reports

        class Ear(http.server.BaseHTTPRequestHandler):
            """Takes Kannel's GETs."""

            def do_GET(self):
                """One report or one SMS to us."""
                asked = urllib.parse.urlsplit(self.path)
                values = dict(urllib.parse.parse_qsl(asked.query, keep_blank_values=True))
                reports.append((asked.path, values))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *words):
                """Its log is the scenario's business."""

        return Ear

    def start(self):
        """Starts both and waits for the bind."""
        self.bearerbox.start()
        until("status page of bearerbox", lambda: self.status() is not None, seconds=30, every=0.1)
        self.smsbox.start()
        until("bind of Kannel", lambda: "online" in (self.status() or ""), seconds=30, every=0.1)
        until("sendsms of Kannel", lambda: self._get(SENDSMS_PORT, "/cgi-bin/sendsms") is not None,
              seconds=30, every=0.1)
        return self

    def status(self):
        """bearerbox's status page, or None while there is none."""
        return self._get(ADMIN_PORT, "/status.txt?password=st")

    def send(self, number, text, mark, **more):
        """One SMS by HTTP, all reports asked for; gives what Kannel says."""
        report = (f"http://127.0.0.1:{REPORT_PORT}/report?mark={mark}&type=%d&smsc=%i&answer=%A"
                  "&id=%F")
        words = {"username": "t", "password": "t", "from": "TATA", "to": number, "text": text,
                 "dlr-mask": "31", "dlr-url": report, "charset": "UTF-8", **more}
        query = urllib.parse.urlencode(words, quote_via=urllib.parse.quote)
        return self._get(SENDSMS_PORT, f"/cgi-bin/sendsms?{query}")

    def types(self, mark):
        """The types of the reports about one SMS: 1 delivered, 2 failed, 8 taken, 16 refused."""
        return [int(values["type"]) for path, values in self.reports
                if path == "/report" and values["mark"] == str(mark)]

    def _get(self, port, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refused:
            return refused.read().decode("utf-8", "replace")
        except OSError:
            return None

    def kill(self):
        """Ends all of it."""
        self.ear.shutdown()
        self.smsbox.kill()
        self.bearerbox.kill()


CONFIG = """\
group = core
admin-port = {admin}
admin-password = adm
status-password = st
smsbox-port = {box}
log-file = "{directory}/kannel-core.log"
log-level = 0
store-type = file
store-location = "{directory}/kannel.store"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = signalbox
host = {host}
port = {port}
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
transceiver-mode = true
max-pending-submits = 20
enquire-link-interval = 5
{more}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{directory}/kannel-smsbox.log"
log-level = 0

group = sendsms-user
username = t
password = t
max-messages = 30
concatenation = true

group = sms-service
keyword = default
get-url = "http://127.0.0.1:13080/sms?from=%p&to=%P&text=%a"
max-messages = 0
"""

"""A carrier that sends many SMS and keeps the books, whatever happens to its connection."""

from collections import Counter, deque

from carriers import Gone
from waiting import same, true, until


class Campaign:
    """Submits each SMS of a plan until it is answered; keeps a window; binds again when cut off.

    What was unanswered when the connection broke is submitted again with the same content: the
    other side must know it again and answer with the same message id.
    """

    def __init__(self, carrier, plan, window=50, revive=lambda: None):
        self.carrier = carrier
        self.revive = revive  # called before each try to bind again
        self.plan = list(plan)  # (number, text), each text once
        self.window = window
        self.results = {}  # text -> (status, message id)
        self.resent = 0
        self.broken = 0

    def submit_all(self, progress=lambda answered: None, seconds=120):
        """Until every SMS has its answer; `progress` is told how many have."""
        waiting, asked = deque(self.plan), {}

        def step():
            try:
                while waiting and len(asked) < self.window:
                    number, text = waiting.popleft()
                    try:
                        asked[self.carrier.submit(number, text)] = (number, text)
                    except Gone:
                        waiting.appendleft((number, text))
                        raise
                self.carrier.pump(0.01)
            except Gone:
                self._take(asked)
                self.resent += len(asked)
                waiting.extendleft(reversed(asked.values()))
                asked.clear()
                self.bind_again()
            self._take(asked)
            progress(len(self.results))
            return len(self.results) == len(self.plan)

        until("answer to each SMS", step, seconds, every=0.001)
        return self

    def _take(self, asked):
        for sequence in [sequence for sequence in asked if sequence in self.carrier.answers]:
            _, text = asked.pop(sequence)
            self.results[text] = self.carrier.answers.pop(sequence)

    def bind_again(self, seconds=30):
        """Binds until it is let in."""
        self.broken += 1
        self.carrier.close()

        def bound():
            self.revive()
            try:
                return self.carrier.bind() == 0
            except Exception:  # whatever a peer library raises while nobody listens
                self.carrier.close()
                return False

        until("bind after the break", bound, seconds, every=0.05)

    def collect_receipts(self, seconds=60):
        """Until every accepted SMS has a receipt."""
        wanted = {identity for status, identity in self.results.values() if status == 0}

        def step():
            try:
                self.carrier.pump(0.01)
            except Gone:
                self.bind_again()
            missing = wanted - {receipt["id"] for receipt in self.carrier.receipts}
            self.missing = len(missing)
            return not missing

        try:
            until("receipt for each SMS", step, seconds, every=0.001)
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.missing} of {len(wanted)} are missing") from None
        return self

    def check(self, accepted, refused_as=None):
        """Each SMS answered once, each id once, one DELIVRD receipt for each accepted one."""
        statuses = Counter(status for status, _ in self.results.values())
        same("answers by status", {0: accepted, **(refused_as or {})}, dict(statuses))
        ids = [identity for status, identity in self.results.values() if status == 0]
        same("different message ids", accepted, len(set(ids)))
        receipts = Counter(receipt["id"] for receipt in self.carrier.receipts)
        strangers = set(receipts) - set(ids)
        same("receipts for ids that nobody was given", set(), strangers)
        stats = Counter(receipt["stat"] for receipt in self.carrier.receipts)
        same("receipts that do not say DELIVRD", 0, sum(stats.values()) - stats["DELIVRD"])
        for receipt in self.carrier.receipts:
            same("id in the receipt's TLV", receipt["id"], receipt["tlv_id"])
        # A receipt whose answer was lost with the connection may come once more.
        twice = sum(receipts.values()) - len(receipts)
        true(f"receipts that came twice after {self.broken} breaks",
             twice <= self.broken * self.window)
        if not self.broken:
            same("receipts that came twice", 0, twice)
        return self


def at_phones(phones):
    """How often each text reached any of these phones, counting each Call-ID once."""
    return Counter(
        text for phone in phones for text in
        [text for text, _ in {(got.text, got.call_id) for got in phone.received}]
    )


def expect_each_once(phones, texts, seconds=30):
    """Each text once at the phones and no other; a second Call-ID for a text is a failure."""
    wanted = set(texts)
    until("delivery of each SMS", lambda: wanted <= set(at_phones(phones)), seconds, every=0.05)
    found = at_phones(phones)
    same("texts nobody sent", set(), set(found) - wanted)
    same("texts that came more than once", {}, {t: n for t, n in found.items() if n != 1})

"""A headless Chromium, driven by its DevTools protocol."""

import base64
import json

from program import Program
from waiting import until


class Browser:
    """One page."""

    def __init__(self, directory):
        self.program = Program("browser", "browser.js", directory, directory=directory)
        self.asked = 0

    def start(self):
        """Starts it."""
        self.program.start().until("ready")
        return self

    def do(self, method, **params):
        """A command of the protocol, and its result."""
        self.asked += 1
        self.program.process.write(json.dumps(
            {"id": self.asked, "method": method, "params": params}))

        def answered():
            return [one for one in self.program.said("answer") if one["id"] == self.asked]

        result = until(f"answer to {method}", answered, 20, 0.02)[0]["result"]
        assert "error" not in result, f"{method}: {result}"
        return result

    def run(self, expression):
        """The value of a JavaScript expression in the page."""
        result = self.do("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True)
        assert "exceptionDetails" not in result, f"{expression}: {result}"
        return result["result"].get("value")

    def go(self, url):
        """Opens an address."""
        self.do("Page.navigate", url=url)
        self.loaded()

    def loaded(self):
        """Until the page is whole."""
        until("a loaded page", lambda: self.run(
            "document.readyState === 'complete' && location.href !== 'about:blank'"), 20, 0.05)

    def until(self, what, expression):
        """Until an expression is true; gives its value."""
        return until(what, lambda: self.run(expression), 20, 0.1)

    def key(self, key, code=None):
        """Presses a key."""
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        more = {"windowsVirtualKeyCode": code} if code else {}
        self.do("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **more)
        self.do("Input.dispatchKeyEvent", type="keyUp", key=key, **more)

    def type(self, text):
        """Types into whatever has the focus."""
        self.do("Input.insertText", text=text)

    def shot(self, path, dark=False, size=(1000, 640)):
        """The page as a PNG."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.do("Emulation.setEmulatedMedia", features=scheme)
        self.do("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                deviceScaleFactor=1, mobile=False)
        octets = base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"])
        with open(path, "wb") as file:
            file.write(octets)

    @property
    def requests(self):
        """The addresses that the page asked."""
        return [one["url"] for one in self.program.said("request")]

    def kill(self):
        """Ends it."""
        self.program.kill()

#!/usr/bin/env python3
"""Drives a headless Chromium by its DevTools protocol over a pipe: no package, no port.

    browser.py tour SITE    visits the pages of the example site as a person would, and prints what the browser's own
                            observers said of each page, a line of JSON a page

As a module: `with Browser() as browser: page = browser.open(url)`.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

# What a page is asked for at its end: the entries as the browser keeps them, in a form of our own.
OWN_OBSERVERS = """
(() => {
  const seen = (window.ownEntries = {});
  for (const type of ["paint", "largest-contentful-paint", "layout-shift", "event", "first-input", "longtask", "resource"]) {
    seen[type] = [];
    const options = { type, buffered: true };
    if (type === "event") options.durationThreshold = 16;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen[type].push({
          name: entry.name, start: entry.startTime, duration: entry.duration, value: entry.value, size: entry.size,
          url: entry.url, interaction: entry.interactionId, recent: entry.hadRecentInput, end: entry.responseEnd,
          initiator: entry.initiatorType, status: entry.responseStatus, bytes: entry.encodedBodySize,
        });
    }).observe(options);
  }
})();
"""

OWN_VALUES = """
JSON.stringify({
  entries: window.ownEntries,
  navigation: (({ responseStart, responseEnd, loadEventEnd, domInteractive, domContentLoadedEventEnd, activationStart, type }) =>
    ({ responseStart, responseEnd, loadEventEnd, domInteractive, domContentLoadedEventEnd, activationStart, type }))(
    performance.getEntriesByType("navigation")[0]),
  now: performance.now(),
  path: location.pathname,
})
"""

# What Chromium is called where it is installed.
NAMES = ["chromium", "chromium-browser", "google-chrome"]


def program():
    """The path of a Chromium, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """A browser of its own, with a profile that is removed at the end."""

    def __init__(self, flags=()):
        path = program()
        if not path:
            raise SystemExit("there is no Chromium here")
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        # The browser reads commands from descriptor 3 and writes to descriptor 4.
        command_out, self.commands = os.pipe()
        self.events, event_in = os.pipe()
        self.log = open(os.path.join(self.profile, "log"), "wb")
        arguments = [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--window-size=1280,720", *flags, "about:blank"]

        def connect():
            saved = [os.dup(command_out), os.dup(event_in)]
            for descriptor, target in zip(saved, (3, 4)):
                os.dup2(descriptor, target)

        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log, close_fds=False, preexec_fn=connect)
        os.close(command_out)
        os.close(event_in)
        self.number = 0
        self.buffer = b""
        self.notes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the browser as its user would, and at once if it does not."""
        try:
            self.call("Browser.close", timeout=5)
        except (OSError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, timeout=30, **parameters):
        """Sends a command and waits for its answer; what comes in between is kept in `notes`."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + timeout
        while True:
            answer = self.read(end)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise OSError(f"{method}: {answer['error'].get('message')}")
                return answer.get("result", {})
            self.notes.append(answer)

    def read(self, end):
        """The next message, before a time."""
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.events], [], [], left)[0]:
                raise TimeoutError("the browser says nothing")
            chunk = os.read(self.events, 1 << 16)
            if not chunk:
                raise OSError("the browser has gone")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, url, own_observers=True, wait=True):
        """A new tab with a page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        self.call("Page.enable", session)
        self.call("Runtime.enable", session)
        if own_observers:
            self.call("Page.addScriptToEvaluateOnNewDocument", session, source=OWN_OBSERVERS)
        page.go(url, wait)
        return page


class Page:
    """A tab."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def go(self, url, wait=True):
        """Goes to a page by address, and waits until it has loaded."""
        self.call("Page.navigate", url=url)
        if wait:
            self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression):
        """What an expression is in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise OSError(f"{expression}: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def until(self, expression, seconds=30):
        """Waits until an expression is true; it may be asked while the page changes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.value(expression):
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"never true: {expression}")

    def click(self, selector):
        """Clicks in the middle of an element, as a person does: the event is trusted."""
        x, y = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        for kind, buttons in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=buttons, clickCount=1)

    def scroll(self, pixels):
        """Turns the wheel."""
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=300, y=300, deltaX=0, deltaY=pixels)

    def back(self):
        """Goes back in history."""
        history = self.call("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] - 1]
        self.call("Page.navigateToHistoryEntry", entryId=entry["id"])

    def own_values(self):
        """What the browser's own observers said of this page so far."""
        return json.loads(self.value(OWN_VALUES))

    def screenshot(self, path):
        """Writes a picture of what is seen."""
        import base64
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        """Closes the tab."""
        self.call("Page.close")


def tour(site):
    """A visitor's way through the example site; yields what the browser said of each page before it was left."""
    with Browser() as browser:
        page = browser.open(site + "/")
        time.sleep(0.5)
        page.click("#more")
        time.sleep(0.5)
        page.scroll(400)
        time.sleep(0.3)
        yield page.own_values()
        page.click("a[href='products.html']")
        page.until("location.pathname.endsWith('products.html') && document.readyState === 'complete'")
        time.sleep(0.5)
        yield page.own_values()
        page.back()
        page.until("location.pathname === '/' && document.readyState === 'complete'")
        time.sleep(0.5)
        page.go(site + "/error.html")
        time.sleep(0.7)
        yield page.own_values()
        page.go(site + "/app.html")
        page.click("#to-42")
        page.until("location.pathname === '/app/orders/42'")
        page.click("#act")
        time.sleep(0.5)
        page.click("#home")
        time.sleep(0.3)
        yield page.own_values()
        # Long enough for its last long task and the quiet that follows it.
        page.go(site + "/slow.html")
        page.until("performance.now() > 9500")
        yield page.own_values()
        page.go(site + "/busy.html")
        page.until("performance.now() > 13500")
        yield page.own_values()
        page.close()
        time.sleep(0.5)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "tour":
        raise SystemExit(__doc__.strip())
    for values in tour(sys.argv[2].rstrip("/")):
        print(json.dumps(values))

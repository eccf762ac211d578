#!/usr/bin/env python3
"""Opens a page in headless Chromium and says what is wrong with it.

    page.py CHROMIUM FILE.html [--shots FOLDER]

Wanted: no console error, no request but for the file itself, every plot drawn, no text cut or wider
than the window at 400 and at 1600 pixels, tables that sort from the keyboard, links that lead
somewhere.  --shots writes what was seen, light and dark, in pieces of 1600 pixels, and a PDF.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTHS = (400, 1600)

# Within the page: a list of what is wrong with what is shown.
LAYOUT = """(() => {
  const wrong = [], root = document.documentElement;
  const where = e => e.tagName + ' "' + (e.textContent || '').trim().slice(0, 60) + '"';
  if (root.scrollWidth > innerWidth) wrong.push('the page is ' + root.scrollWidth + ' wide');
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') && e.tagName !== 'svg') continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || !box.height || style.display === 'contents') continue;
    if (box.right > innerWidth + 1 || box.left < -1) wrong.push('beyond the edge: ' + where(e));
    if (style.display !== 'inline' && e.tagName !== 'svg' && e.scrollWidth > e.clientWidth + 1)
      wrong.push('wider than its place: ' + where(e));
  }
  let plots = 0;
  const reach = 1.5;   // a glyph's box may reach beyond what it inks
  for (const svg of document.querySelectorAll('figure svg[viewBox]')) {
    if (!svg.checkVisibility()) continue;
    plots++;
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    if (box.width < 200 || box.height < 40) wrong.push('small: ' + svg.getAttribute('aria-label'));
    if (!svg.querySelector('path, circle')) wrong.push('empty: ' + svg.getAttribute('aria-label'));
    for (const text of svg.querySelectorAll('text')) {
      const b = text.getBBox();
      if (b.x < -reach || b.y < -reach || b.x + b.width > view.width + reach ||
          b.y + b.height > view.height + reach)
        wrong.push('cut in a plot: ' + where(text) + ' ' + [b.x, b.y, b.width, b.height]);
    }
    const size = 12 * box.width / view.width;
    if (size < 9) wrong.push('text of ' + size.toFixed(1) + ' pixels in a plot');
  }
  return { wrong, plots };
})()"""

LINKS = """(() => {
  const wrong = [], ids = new Set();
  for (const e of document.querySelectorAll('[id]')) {
    if (ids.has(e.id)) wrong.push('id twice: ' + e.id);
    ids.add(e.id);
  }
  for (const a of document.querySelectorAll('a')) {
    const href = a.getAttribute('href');
    if (href[0] !== '#' || !ids.has(href.slice(1))) wrong.push('link to nothing: ' + href);
  }
  for (const svg of document.querySelectorAll('figure svg[viewBox]'))
    if (!svg.getAttribute('aria-label')) wrong.push('a plot without a text alternative');
  for (const img of document.images)
    if (!img.complete || !img.naturalWidth || !img.alt) wrong.push('a picture is not shown');
  return wrong;
})()"""

# The first button of a table that Tab reaches is pressed with Enter by the caller.
FOCUSED = "document.activeElement && document.activeElement.closest('th') ? " \
          "document.activeElement.textContent : null"
ORDER = """(() => {
  const head = document.activeElement.closest('th'), at = head.cellIndex;
  const rows = [...head.closest('table').tBodies[0].rows];
  return [head.getAttribute('aria-sort'), rows.map(r => r.cells[at].dataset.v ??
          (r.cells[at].querySelector('.missing') ? null : r.cells[at].textContent))];
})()"""


class Browser:
    """Chromium on a pipe: messages of JSON that end with a NUL."""

    def __init__(self, program, profile):
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4.
        shell = f'exec "$@" 3<&{to_read} 4>&{from_write}'
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe",
                 f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", program, *flags], pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.write, self.read = os.fdopen(to_write, "wb"), os.fdopen(from_read, "rb")
        self.number, self.session, self.events, self.rest = 0, None, [], b""

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.read.fileno(), 1 << 16)
            if not more:
                sys.exit("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.write.write(json.dumps(message).encode() + b"\0")
        self.write.flush()
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.receive())

    def value(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"within the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, name, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                      windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        page = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = page["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.show(WIDTHS[0])
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def show(self, width, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(30)


def events_wrong(events, url):
    for event in events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield f"exception: {params['exceptionDetails']['text']}"
        elif method == "Runtime.consoleAPICalled":
            yield f"console: {params['type']} {params['args']}"
        elif method == "Log.entryAdded":
            yield f"log: {params['entry']['text']}"
        elif method == "Network.requestWillBeSent":
            asked = params["request"]["url"]
            if asked.split("#")[0] != url and not asked.startswith("data:"):
                yield f"request: {asked}"


def sorted_as(order, values):
    known = [v for v in values if v is not None]
    numbers = [float(v) for v in known if v.replace(".", "").replace("-", "").isdigit()]
    if len(numbers) == len(known):
        known = numbers
        if known != sorted(known, reverse=order == "descending"):
            return False
    return None not in values[:len(known)]   # what is missing comes last


def keyboard_wrong(browser):
    """Tab to the first column's button of every kind of table, Enter once and once more."""
    tables = browser.value("document.querySelectorAll('table.sortable').length")
    buttons = browser.value("document.querySelectorAll('th button').length")
    heads = browser.value("document.querySelectorAll('table.sortable th').length")
    if tables == 0 or buttons != heads:
        yield f"{tables} tables with {buttons} buttons in {heads} heads"
        return
    for _ in range(2000):
        browser.key("Tab", 9)
        if browser.value(FOCUSED):
            break
    else:
        yield "Tab never reaches a table"
        return
    for wanted in ("ascending", "descending"):
        browser.key("Enter", 13, "\r")
        order, values = browser.value(ORDER)
        if order != wanted or not sorted_as(order, values):
            yield f"Enter on a head: {order}, {values}"


def row_wrong(browser):
    """A link to a row opens what the row is folded into."""
    target = browser.value("(document.querySelector('a[href^=\"#row-\"]') || {}).hash || ''")
    if not target:
        yield "no link to a row"
        return
    browser.value(f"location.hash = '{target}'")
    for _ in range(20):
        if browser.value(f"document.querySelector('{target}').checkVisibility()"):
            return
    yield f"{target} stays folded"


def shoot(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            browser.show(width, scheme == "dark")
            height = browser.value("document.documentElement.scrollHeight")
            for piece in range(0, min(height, 16000), 1600):
                shot = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
                    "x": 0, "y": piece, "width": width, "height": min(1600, height - piece),
                    "scale": 1})
                path = folder / f"{width}-{scheme}-{piece // 1600:02}.png"
                path.write_bytes(base64.b64decode(shot["data"]))
    pdf = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    (folder / "print.pdf").write_bytes(base64.b64decode(pdf["data"]))


def check(browser, url, shots):
    wrong = []
    browser.open(url)
    for width in WIDTHS:
        browser.show(width)
        seen = browser.value(LAYOUT)
        wrong += [f"{width}: {w}" for w in seen["wrong"][:20]]
        print(f"{width} pixels: {seen['plots']} plots")
        if seen["plots"] == 0:
            wrong.append(f"{width}: no plot")
    wrong += browser.value(LINKS)[:20]
    if shots:
        shoot(browser, shots)
    wrong += list(keyboard_wrong(browser))
    wrong += list(row_wrong(browser))
    browser.call("Runtime.evaluate", expression="1")
    return wrong + list(events_wrong(browser.events, url))


def main():
    if len(sys.argv) not in (3, 5):
        sys.exit("usage: page.py CHROMIUM FILE.html [--shots FOLDER]")
    url = Path(sys.argv[2]).resolve().as_uri()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(sys.argv[1], profile)
        wrong = check(browser, url, Path(sys.argv[4]) if len(sys.argv) == 5 else None)
        browser.close()
    print("\n".join(f"WRONG: {w}" for w in wrong) if wrong else "ok")
    sys.exit(bool(wrong))


main()

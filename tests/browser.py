"""A real browser for tests: Chromium, spoken to over a pipe in its DevTools protocol; nothing needs to be installed."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


class Browser:
    """One page of a Chromium without a window: `with Browser() as page: page.open(url); page.run("1 + 1")`.

    `problems` collects what the console calls an error, and exceptions that nobody catches.
    """

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        from_here, to_there = os.pipe(), os.pipe()  # Chromium reads from its descriptor 3 and writes to 4
        words = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--force-color-profile=srgb", "--hide-scrollbars", "--remote-debugging-pipe",
                 f"--user-data-dir={self.folder.name}", "about:blank"]
        shell = f'exec "$@" 3<&{from_here[0]} 4>&{to_there[1]}'
        self.process = subprocess.Popen(["bash", "-c", shell, "bash", *words], pass_fds=(from_here[0], to_there[1]),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_here[0])
        os.close(to_there[1])
        self.write_to, self.read_from = from_here[1], to_there[0]
        self.buffer, self.number, self.session, self.problems = b"", 0, None, []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        os.close(self.write_to)
        os.close(self.read_from)
        self.folder.cleanup()

    def send(self, method, **parameters):
        """Ask the browser to do something, and return what it answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def open(self, url, width=1280, height=900, mobile=False):
        """Open a page and wait until its scripts have run."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.run("window.isOld = true")
        self.send("Page.navigate", url=url)
        self.wait("!window.isOld && document.readyState === 'complete'")

    def run(self, script):
        """The value of a JavaScript expression in the page, as JSON can hold it."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not self.run(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"{condition} has not come true within {seconds} seconds.")
            time.sleep(0.05)

    def click(self, selector):
        """Click in the middle of an element with the mouse, as a reader does."""
        x, y = self.run(f"""(() => {{
            const place = document.querySelector({json.dumps(selector)});
            place.scrollIntoView({{block: "center"}});
            const {{left, top, width, height}} = place.getBoundingClientRect();
            return [left + width / 2, top + height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def press(self, key, shift=False):
        """Press a key on whatever has the focus."""
        code = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13}[key]
        words = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      modifiers=8 * shift, **words)

    def picture(self, path):
        """A screenshot of the whole page, as PNG."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip={
            **self.send("Page.getLayoutMetrics")["cssContentSize"], "scale": 1})
        path.write_bytes(base64.b64decode(found["data"]))

    def _next(self, seconds=120):
        while b"\0" not in self.buffer:
            if not select.select([self.read_from], [], [], seconds)[0]:
                raise TimeoutError(f"The browser has been silent for {seconds} seconds.")
            part = os.read(self.read_from, 1 << 20)
            if not part:
                raise RuntimeError("The browser has closed.")
            self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(line)
        method, what = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(what["exceptionDetails"].get("exception", what["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning", "assert"):
            self.problems.append([argument.get("value") for argument in what["args"]])
        elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            self.problems.append(what["entry"]["text"])
        return message

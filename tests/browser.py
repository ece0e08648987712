"""A real browser for tests of pages: headless Chromium, driven through its DevTools protocol.

It is found by the environment variable CHROMIUM, on the PATH, or where Playwright puts it. Where there is none, a test
is skipped: `pytestmark = needs_browser`. Debian has it as the package `chromium`.
"""

import asyncio
import base64
import itertools
import os
import re
import shutil
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome-headless-shell")
_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/*/*headless*shell")
_ANSWERS_WITHIN = 60.0  # a slow machine is no fault


def find_browser() -> str | None:
    """Return the path of a Chromium; None if there is none."""
    if given := os.environ.get("CHROMIUM"):
        return given
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    found = [str(path) for pattern in _PLAYWRIGHT for path in sorted(cache.glob(pattern))]
    return next((path for name in _NAMES if (path := shutil.which(name))), None) or (found[-1] if found else None)


needs_browser = pytest.mark.skipif(
    find_browser() is None, reason="no Chromium: install it (apt-get install chromium), or name it in CHROMIUM"
)


class Page:
    """One page. `requests`: the address of everything it asked for; `faults`: what it wrote to the console as an error,
    and exceptions that nobody caught."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self.requests, self.faults = list[str](), list[str]()

    async def call(self, method: str, **values: Any) -> Any:
        """Call a method of the protocol, and return its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": values})
        async with asyncio.timeout(_ANSWERS_WITHIN):
            return await self._waiting[number]

    async def go(self, url: str) -> None:
        """Open an address, and wait until it is loaded."""
        self._loaded.clear()
        found = await self.call("Page.navigate", url=url)
        assert "errorText" not in found, found
        async with asyncio.timeout(_ANSWERS_WITHIN):
            await self._loaded.wait()

    async def run(self, script: str) -> Any:
        """Return what an expression of JavaScript gives, as JSON has it; a promise is waited for."""
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def wait_for(self, script: str) -> None:
        """Wait until an expression is true, as seen each time the page is drawn."""
        await self.run(
            f"new Promise((done) => {{ const look = () => ({script}) ? done() : setTimeout(look, 20); look() }})"
        )

    async def choose(self, selector: str, *files: Path) -> None:
        """Choose files in a file input, as a person does."""
        root = (await self.call("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.call("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        await self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    async def picture(self, width: int, height: int, *, dark: bool = False, whole: bool = True) -> bytes:
        """Return a PNG at this width in CSS pixels; `whole`: of all that can be scrolled to."""
        await self.size(width, height, dark=dark)
        found = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(found["data"])

    async def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Make the window so large, and say whether the person likes it dark."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def cut_network(self) -> None:
        """From now on the page reaches nothing by network."""
        await self.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
        )

    async def listen(self) -> None:
        """Take what the browser says, until it closes."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                waiting = self._waiting.pop(said["id"])
                if "error" in said:
                    waiting.set_exception(AssertionError(said["error"]))
                elif not waiting.done():
                    waiting.set_result(said["result"])
            else:
                self._take(said["method"], said["params"])

    def _take(self, event: str, told: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded.set()
        elif event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.faults.append(str(told["exceptionDetails"]))
        elif event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.faults.append(told["entry"]["text"])


@asynccontextmanager
async def open_page() -> AsyncIterator[Page]:
    """Start a browser with an empty profile, and give an empty page of it."""
    with tempfile.TemporaryDirectory(prefix="voicepact-browser-", ignore_cleanup_errors=True) as profile:
        async with _browser(profile) as address, aiohttp.ClientSession() as http:
            async with http.put(f"{address}/json/new?about:blank") as answer:
                target = await answer.json()
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                listening = asyncio.create_task(page.listen())
                try:
                    for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
                        await page.call(f"{domain}.enable")
                    yield page
                finally:
                    listening.cancel()
                    with suppress(asyncio.CancelledError):
                        await listening


@asynccontextmanager
async def _browser(profile: str) -> AsyncIterator[str]:
    """Run the browser; give the address of its DevTools."""
    path = find_browser()
    assert path, "the test is to be marked: needs_browser"
    process = await asyncio.create_subprocess_exec(
        path, *_arguments(profile), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, start_new_session=True
    )
    try:
        assert process.stderr
        async with asyncio.timeout(_ANSWERS_WITHIN):
            async for line in process.stderr:
                if found := re.search(rb"DevTools listening on ws://([^/]+)/", line):
                    break
            else:
                raise AssertionError("the browser did not start")
        drained = asyncio.create_task(process.stderr.read())
        yield f"http://{found[1].decode()}"
        drained.cancel()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the group of this process alone
        await process.wait()


def _arguments(profile: str) -> Sequence[str]:
    return (
        "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--no-first-run",
        "--no-default-browser-check", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--mute-audio",
        *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # as root it starts in no other way
        "about:blank",
    )  # fmt: skip

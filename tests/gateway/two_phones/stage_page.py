"""The page with the phones in a browser, as a person uses it."""

import asyncio
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson

from tests.browser import Page
from tests.serving import Serving

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
WITHIN_SECONDS = 120  # on a busy machine
API_KEY = "an-api-key-of-a-test"
# In a test nobody waits between two SMS, and the hash of a PIN costs little.
SETTINGS = {"API_KEY": API_KEY, "SMS_NUMBER_GAP_SECONDS": "0.02", "PIN_MEMORY_KIB": "64", "PIN_PASSES": "1"}


@dataclass
class StagePage:
    """`page`: at `/phone` of `serving`."""

    serving: Serving
    page: Page

    async def opens(self) -> None:
        await self.page.go(f"{self.serving.url}/phone")
        self.page.faults.clear()

    async def hangs_up(self) -> None:
        """Press End on all phones, until none is in a call or asked for money."""
        for holder in ("buyer", "seller", "arbiter"):
            while "Send dials" not in await self.text(f"#lcd-{holder}"):
                await self.clicks(f".{holder} .hang")
                await asyncio.sleep(0.1)

    async def is_somebody_new(self, holder: str, msisdn: str, language: str = "en") -> None:
        """Put a new SIM card into a phone, and wait until the service speaks this language to it."""
        form = f"document.querySelector('.{holder} .pick')"
        await self.page.run(f"{form}.elements.language.value = '{language}'; {form}.elements.msisdn.value = '{msisdn}'")
        await self.clicks(f".{holder} .sim-card button")
        await self.waits_for(f"document.querySelector('#head-{holder}').textContent.includes('{msisdn}')")
        await self.has_sms(holder, "22483")

    async def plays_a_new_story_until(self, step: int) -> None:
        """Play the first steps of a new story; return when it has stopped."""
        await self.clicks("[name=pace][value='at once']")
        await self.clicks(".anew")
        await self.says("Two people agree")
        await self.clicks(f"#pad-{step}")
        await self.waits_for("document.querySelector('#act-play').value === 'pause'")
        await self.waits_for("document.querySelector('#act-play').value === 'play'")

    async def clicks(self, selector: str) -> None:
        await self.page.run(f"document.querySelector({_quoted(selector)}).click()")

    async def chooses(self, selector: str, value: str) -> None:
        """Choose in a list, as a person does; nothing happens if it is chosen already."""
        await self.page.run(
            f"(() => {{ const list = document.querySelector({_quoted(selector)});"
            f" if (list.value === {_quoted(value)}) return; list.value = {_quoted(value)};"
            " list.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    async def sends(self, holder: str, typed: str) -> None:
        """Type into the field of a phone, and press Send."""
        field = f"document.querySelector('#typed-{holder}')"
        await self.page.run(f"{field}.value = {_quoted(typed)}")
        await self.clicks(f".{holder} .call")

    async def shows(self, holder: str, words: str) -> str:
        """Wait until the screen of a phone has these words; return all of it."""
        return await self._has(f"#lcd-{holder}", words)

    async def has_sms(self, holder: str, words: str) -> str:
        """Wait until the newest SMS of a phone, or one before it, has these words; return all SMS."""
        return await self._has(f"#inbox-{holder}", words)

    async def saw(self, words: str) -> str:
        """Wait until the log has a line with these words."""
        return await self._has("#lines", words)

    async def says(self, words: str) -> str:
        """Wait until the line about the story has these words."""
        return await self._has("#said", words)

    async def text(self, selector: str) -> str:
        return str(await self.page.run(f"document.querySelector({_quoted(selector)}).textContent"))

    async def findings(self) -> list[str]:
        """Return what axe-core finds, whatever it weighs."""
        await self.page.run(f"{AXE};0")
        found = await self.page.run(
            "axe.run(document).then((all) => all.violations.map((one) =>"
            " `${one.impact} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`))"
        )
        return list(found)

    async def rest(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        async with self.serving.http.get(f"{self.serving.url}{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def waits_for(self, claim: str) -> None:
        """Wait until an expression of JavaScript is true: longer than the browser's own patience."""
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                while not await self.page.run(claim):  # noqa: ASYNC110 - the page tells nobody
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"not so: {claim}; {await self.text('main')}; {self.page.faults}") from None

    async def _has(self, selector: str, words: str) -> str:
        await self.waits_for(f"document.querySelector({_quoted(selector)}).textContent.includes({_quoted(words)})")
        return await self.text(selector)


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()

"""The routes under `/phone`, and `/` that leads there. None of them is there in production.

The page speaks to the service alone. What its keys do goes on to the simulator of the providers, whose control API no
web page can reach.
"""

from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import parse_msisdn
from contracts.refusals import BadInput
from gateway.events import BadWire
from gateway.http import read_form
from gateway.two_phones.browser_phone import BrowserPhone
from gateway.two_phones.drawing import PhoneDrawing, mark_of
from gateway.two_phones.guard import HEADERS, Guard
from gateway.two_phones.people import NETWORKS
from gateway.two_phones.stage import Stage, StagePlaces
from gateway.two_phones.story import PACES
from gateway.two_phones.story_steps import STEPS
from gateway.two_phones.trouble import BUTTONS

_BEATS_SECONDS: Final = 15.0  # between two signs of life to a page on which nothing changes
_MOST_WATCHERS: Final = 50
_LONGEST_ANSWER: Final = 480  # letters: three SMS
_STEPS: Final = tuple(str(n + 1) for n in range(len(STEPS)))
_STATIC: Final = {"phones.css": "text/css", "phones.js": "text/javascript"}


def add_two_phones(app: web.Application, places: StagePlaces, zone: ZoneInfo) -> None:
    """Serve the page. `zone`: of the clock on the phones."""
    pages = TwoPhones(places, zone)
    app.add_routes(
        [
            web.get("/", pages.lead_here),
            web.get("/phone", pages.page),
            web.get("/phone/events", pages.events),
            web.get("/phone/{name:phones\\.(css|js)}", pages.static),
            web.post("/phone/story", pages.play),
            web.post("/phone/faults", pages.trouble),
            web.post("/phone/third", pages.third),
            web.post("/phone/{holder:buyer|seller|arbiter}/keys", pages.keys),
            web.post("/phone/{holder:buyer|seller|arbiter}/sim", pages.sim),
        ]
    )
    app.cleanup_ctx.append(pages.lifespan)
    app.on_shutdown.append(pages.end_watching)


class TwoPhones:
    """The page's routes."""

    def __init__(self, places: StagePlaces, zone: ZoneInfo) -> None:
        self._places, self._guard = places, Guard()
        self._drawing = PhoneDrawing(zone, self._guard.token, places.service_code)
        self._static = {name: (files("gateway.two_phones") / "static" / name).read_bytes() for name in _STATIC}
        self._watchers = 0
        self._stage: Stage

    async def lifespan(self, _: web.Application) -> AsyncIterator[None]:
        """Keep the phones switched on as long as the service runs."""
        self._stage = Stage(self._places, self._drawing.phones)
        self._stage.open()
        yield
        await self._stage.close()

    async def end_watching(self, _: web.Application) -> None:
        self._stage.end_watching()

    async def lead_here(self, request: web.Request) -> web.Response:
        self._guard.check_reader(request)
        return web.Response(status=303, headers=HEADERS | {"Location": "/phone"})

    async def page(self, request: web.Request) -> web.Response:
        """Return the whole page, as everything is now. `seen`: whose phone is in view on a small screen."""
        self._guard.check_reader(request)
        seen = request.query.get("seen", "buyer")
        html = self._drawing.page(self._stage, seen if seen in self._stage.phones else "buyer")
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    async def static(self, request: web.Request) -> web.Response:
        """Return the sheet or the script."""
        self._guard.check_reader(request)
        name = request.match_info["name"]
        body = self._static[name]
        return web.Response(body=body, content_type=_STATIC[name], charset="utf-8", headers=HEADERS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Send what changes, as server-sent events: the parts with their marks, and new lines of what was seen."""
        self._guard.check_reader(request)
        if self._watchers >= _MOST_WATCHERS:
            raise web.HTTPServiceUnavailable(reason="Too many pages are open.")
        answer = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        self._watchers += 1
        try:
            await self._tell_changes(answer)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._watchers -= 1
        return answer

    async def keys(self, request: web.Request) -> web.Response:
        """Press a key of a phone. A digit only goes into the answer field, for a browser without script."""
        form, phone = await self._form(request), self._phone(request)
        key, typed = form.get("key", "send"), form.get("typed", "")[:_LONGEST_ANSWER]
        self._stage.story.returns()
        match key:
            case "send":
                await phone.send(typed, self._places.service_code)
            case "end":
                await phone.hang_up()
            case "clear":
                phone.draft = typed[:-1]
            case _ if key in "0123456789*#" and len(key) == 1:
                phone.draft = typed + key
            case _:
                raise BadWire("key", "is no key of the phone")
        return self._done(form, request.match_info["holder"])

    async def sim(self, request: web.Request) -> web.Response:
        """Choose the network, the language or the number of a phone."""
        form, phone = await self._form(request), self._phone(request)
        network, language = form.get("network", phone.network_code), form.get("language", phone.language)
        if network not in NETWORKS:
            raise BadWire("network", "is none of the networks")
        if language not in LANGUAGES:
            raise BadWire("language", "is none of the languages")
        msisdn = phone.msisdn
        if form.get("msisdn", "").strip():
            try:
                msisdn = parse_msisdn(form["msisdn"], self._places.country)
            except BadInput:
                raise BadWire("msisdn", "is no phone number") from None
        if any(msisdn == other.msisdn for other in self._stage.phones.values() if other is not phone):
            raise BadWire("msisdn", "is the number of another phone on this page")
        has_other_number = msisdn != phone.msisdn
        must_tell = language != phone.language or has_other_number
        await phone.become(msisdn, network)
        if has_other_number:
            await self._stage.story.loses_somebody(phone.holder.name)
        if must_tell:
            await self._stage.speak(phone, language)
        return self._done(form, request.match_info["holder"])

    async def play(self, request: web.Request) -> web.Response:
        """Play the story, stop it, or look back."""
        form, story = await self._form(request), self._stage.story
        if form.get("pace", story.pace) not in PACES:
            raise BadWire("pace", "is none of the paces")
        story.pace = form.get("pace", story.pace)
        act, to = form.get("act"), form.get("to")
        if self._places.no_story and (act or to):
            raise web.HTTPConflict(reason=self._places.no_story)
        acts = {"play": story.play, "pause": story.pause, "step": story.step, "back": story.back}
        if act in acts:
            acts[act]()
        elif act == "anew":
            await story.begin_anew()
        elif to is not None:
            if to not in _STEPS:
                raise BadWire("to", f"should be a step, 1 to {len(STEPS)}")
            story.to(int(to))
        elif act is not None:
            raise BadWire("act", f"should be one of {', '.join((*acts, 'anew'))}")
        return self._done(form, "story")

    async def trouble(self, request: web.Request) -> web.Response:
        """Make something go wrong, or end it."""
        form = await self._form(request)
        button = next((each for each in BUTTONS if each.name == form.get("fault")), None)
        if button is None:
            raise BadWire("fault", "is none of the faults")
        if button.needs_servers and self._places.sockets is None:
            raise web.HTTPConflict(reason="These servers were not started by voicepact: it cannot take them away.")
        await self._stage.make_trouble(button.name)
        return self._done(form, "h-wrong")

    async def third(self, request: web.Request) -> web.Response:
        """Show or hide the third phone."""
        form = await self._form(request)
        self._stage.show_third(is_shown=form.get("third") == "on")
        return self._done(form, "")

    async def _tell_changes(self, answer: web.StreamResponse) -> None:
        """The first event has every part: the page takes those that differ from its own."""
        told = dict[str, str]()
        line = version = -1
        while not self._stage.is_closed:
            if version == self._stage.version:
                await answer.write(b": still here\n\n")
            else:
                version = self._stage.version
                parts = {name: [mark_of(html), html] for name, html in self._drawing.parts(self._stage).items()}
                changed = {name: part for name, part in parts.items() if told.get(name) != part[0]}
                told |= {name: part[0] for name, part in changed.items()}
                lines = [[each.n, self._drawing.line(each)] for each in self._stage.lines if each.n > line]
                line = self._stage.lines[-1].n if lines else line
                event = {"trio": self._stage.has_third, "parts": changed, "lines": lines}
                await answer.write(b"data: " + orjson.dumps(event) + b"\n\n")
            await self._stage.wait(version, _BEATS_SECONDS)

    async def _form(self, request: web.Request) -> dict[str, str]:
        form = (await read_form(request)).form()
        self._guard.check_writer(request, form)
        return form

    def _phone(self, request: web.Request) -> BrowserPhone:
        return self._stage.phones[request.match_info["holder"]]  # type: ignore[index]  # the route has looked

    def _done(self, form: dict[str, str], place: str) -> web.Response:
        """Answer the script with nothing, because the change is on its way; a browser without it gets the page."""
        self._stage.changed()
        if form.get("live"):
            return web.Response(status=204, headers=HEADERS)
        seen = f"?seen={place}" if place in self._stage.phones else ""
        return web.Response(status=303, headers=HEADERS | {"Location": f"/phone{seen}#{place}"})

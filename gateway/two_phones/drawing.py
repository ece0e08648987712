"""Draws the page from templates: all of it at first, then only the parts that have changed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import national
from gateway.phone.service_link import ReceivedSms
from gateway.two_phones.browser_phone import BrowserPhone
from gateway.two_phones.people import MONEY_PIN, NETWORKS, PIN
from gateway.two_phones.stage import SeenLine, Stage
from gateway.two_phones.story import PACES
from gateway.two_phones.story_steps import STEPS
from gateway.two_phones.trouble import BUTTONS
from menus.gsm7 import SINGLE_SEPTETS, SINGLE_UNITS, is_gsm7, segments, septets, units
from values.frozen import Frozen

PHONE_PARTS = ("tab", "head", "inbox", "net", "lcd", "say", "ruler")
STAGE_PARTS = ("deck", "pads", "said", "steps", "faults", "third")


class Ruler(Frozen):
    """How long a screen is: `used` of `room`, in `unit`; `over` by how much it is too long."""

    used: int
    room: int
    unit: str

    @property
    def over(self) -> int:
        return max(0, self.used - self.room)


class PhoneDrawing:
    """The templates, and what they need to know. `zone`: of the clock on the phones; `token`: of the forms."""

    def __init__(self, zone: ZoneInfo, token: str, service_code: str) -> None:
        self._zone = zone
        self._templates = Environment(
            loader=PackageLoader("gateway.two_phones"), autoescape=True, auto_reload=False, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters |= {"clock": self._clock, "digits": _digits}
        self._templates.globals |= {
            "token": token, "service_code": service_code, "pin": PIN, "money_pin": MONEY_PIN, "languages": LANGUAGES,
            "networks": NETWORKS, "paces": PACES, "all_steps": STEPS, "buttons": BUTTONS, "ruler_of": ruler_of,
            "parts_of": _parts_of, "clock_now": self._clock_now,
        }  # fmt: skip

    def page(self, stage: Stage, seen: str) -> str:
        """Return the whole page. `seen`: whose phone is in view on a small screen."""
        parts = self.parts(stage)
        lines = [self.line(line) for line in stage.lines]
        marks = {name: mark_of(html) for name, html in parts.items()}
        return self._templates.get_template("page.html").render(
            stage=stage, seen=seen, parts=parts, marks=marks, lines=lines, last=stage.lines[-1].n if stage.lines else 0
        )

    def parts(self, stage: Stage) -> Mapping[str, str]:
        """Return the HTML of each part that changes, by the id of its element."""
        drawn = dict(self.phones(stage)) | dict(stage.story.picture or {})
        template = self._templates.get_template("stage.html").module
        return drawn | {name: str(getattr(template, name)(stage)) for name in STAGE_PARTS}

    def phones(self, stage: Stage) -> Mapping[str, str]:
        """Return the parts of the phones as they are now."""
        template = self._templates.get_template("phone.html").module
        return {
            f"{part}-{name}": str(getattr(template, part)(name, phone))
            for name, phone in stage.phones.items()
            for part in PHONE_PARTS
        }

    def line(self, line: SeenLine) -> str:
        return str(self._templates.get_template("stage.html").module.line(line))  # type: ignore[attr-defined]

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"

    def _clock_now(self) -> str:
        return self._clock(datetime.now(self._zone))


def mark_of(html: str) -> str:
    """Return a short mark by which the page knows whether a part has changed."""
    return hashlib.sha256(html.encode()).hexdigest()[:8]


def ruler_of(phone: BrowserPhone) -> Ruler | None:
    """Return how long the screen is with its CON or END; None if there is none."""
    reply = phone.screen.reply
    if not phone.screen.text:
        return None
    if is_gsm7(reply):
        return Ruler(septets(reply), SINGLE_SEPTETS, "septets")
    return Ruler(units(reply), SINGLE_UNITS, "letters")


def _parts_of(sms: ReceivedSms) -> str:
    count = len(segments(sms.text))
    return f"{count} part{'s' if count > 1 else ''}"


def _digits(phone: BrowserPhone) -> str:
    """Return a number as it is dialled at home."""
    return national(phone.msisdn, phone.msisdn).replace("\u00a0", " ")

"""What a running service is made of, as a request finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from gateway.providers import Provider
from gateway.settings import Settings
from gateway.sms import Inbox
from gateway.ussd import Clock, Ussd
from storage.records import Records
from storage.sessions import Sessions


@dataclass(slots=True)
class Parts:
    """`draining`: the process has been told to stop; it finishes what it has and should get nothing new."""

    settings: Settings
    providers: Mapping[str, Provider]
    records: Records
    sessions: Sessions
    ussd: Ussd
    inbox: Inbox
    now: Clock
    draining: bool = field(default=False)


PARTS = web.AppKey("parts", Parts)

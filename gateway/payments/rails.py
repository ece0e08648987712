"""The rails that these settings have an account with."""

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import ClientSession

from contracts.actions import Clock
from contracts.fields.msisdn import Msisdn
from gateway.callback_urls import hook_url
from gateway.payments.daraja import rail as daraja
from gateway.payments.kept_callbacks import CallbackMarks
from gateway.payments.pawapay import rail as pawapay
from gateway.payments.pawapay.api import PawaPayAccount
from gateway.payments.port import Rail
from gateway.settings import Settings

PAYING_SECONDS: Final = 20.0  # a rail's call


def make_rails(
    settings: Settings, http: ClientSession, marks: CallbackMarks, local_url: str, now: Clock
) -> dict[str, Rail]:
    """Return the rails by name, in the order in which they are chosen for a currency. `local_url`: where the simulator
    reaches the service; a provider reaches it at WEBHOOK_BASE_URL."""
    rails: dict[str, Rail] = {}
    base = settings.webhook_base_url or local_url
    if account := settings.daraja_account(_callback_url(settings, base, daraja.NAME, marks)):
        rails[daraja.NAME] = daraja.Daraja(account, http, now)
    if settings.pawapay_token:
        pawapay_account = PawaPayAccount(
            settings.pawapay_token.get_secret_value(), settings.pawapay_base_url, settings.pawapay_signed_callbacks
        )  # fmt: skip
        rails[pawapay.NAME] = pawapay.PawaPay(pawapay_account, http, now)
    return rails


async def register(rails: Mapping[str, Rail], nominated: Msisdn | None) -> None:
    """Tell Daraja, if we have an account, where payments by paybill are told, and (with `nominated`, the number in the
    organisation's records) ask it for statements. Raise RegistrationError."""
    rail = rails.get(daraja.NAME)
    if isinstance(rail, daraja.Daraja):
        await rail.register_paybill()
        if nominated:
            await rail.register_statement(nominated)


def _callback_url(settings: Settings, base: str, rail: str, marks: CallbackMarks) -> Callable[[str, str | None], str]:
    """Return what makes the address of a callback from its kind, and from our id of the transfer if it is about one."""

    def url(kind: str, own_id: str | None) -> str:
        marked = f"/{marks.segment(rail, kind, own_id)}" if own_id else ""
        return hook_url(settings, base, f"{rail}/payments/{kind}{marked}")

    return url

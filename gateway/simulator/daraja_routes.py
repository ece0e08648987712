"""All routes of the simulated Daraja, as one account that they share."""

from aiohttp import web

from gateway.simulator.daraja import DarajaSettings, DarajaSimulator
from gateway.simulator.daraja_control import DarajaControl
from gateway.simulator.daraja_orders import DarajaOrders
from gateway.simulator.daraja_paybill import DarajaPaybill
from gateway.simulator.daraja_swaps import DarajaSwaps
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.sim_cards import SimCards


def add_daraja(
    app: web.Application, settings: DarajaSettings, gateway: GatewayClient, cards: SimCards, *, has_control: bool
) -> None:  # fmt: skip
    """Add the API, and with `has_control` the control API. `cards`: what it knows of SIM swaps."""
    daraja = DarajaSimulator(settings, gateway)
    paybill = DarajaPaybill(daraja)
    for routes in (daraja, DarajaOrders(daraja), paybill, DarajaSwaps(daraja, cards)):
        routes.add_routes(app)
    if has_control:
        DarajaControl(daraja, paybill).add_routes(app)

    async def end_long_polls(_: web.Application) -> None:
        daraja.book.close()

    app.on_shutdown.append(end_long_polls)

"""How much text one USSD page may have: it depends on the provider that sends it and the network that shows it."""

from collections.abc import Mapping

from gateway.providers import Provider, with_ussd
from gateway.settings import Settings
from menus.paging import Budget

ScreenBudgets = Mapping[str, Mapping[str, Budget]]


def screen_budgets(settings: Settings, providers: Mapping[str, Provider]) -> ScreenBudgets:
    """Return the budgets by provider's name, then by network code; "" is for networks without a budget of their own."""
    septets_of = {"": settings.screen_septets, **settings.network_septets}
    return {
        name: {
            network: Budget(provider.ussd_prefix, septets, settings.screen_units)
            for network, septets in septets_of.items()
        }
        for name, provider in with_ussd(providers).items()
    }


def budget_for(budgets: ScreenBudgets, provider: str, network_code: str) -> Budget:
    by_network = budgets[provider]
    return by_network.get(network_code) or by_network[""]

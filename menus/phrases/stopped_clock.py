"""That the clock stands: somebody whose silence would count has spoken. For what is told of another thing."""

from typing import Final

from contracts.contract import Contract
from menus.translate import Text, t
from values.frozen import replace

SILENCE_DOES_NOT_COUNT: Final = t("{text} Silence does not count now.")


def with_stopped_clock(text: Text, contract: Contract) -> Text:
    """Return `text`, and that silence does not count, if the contract's clock stands."""
    if contract.clock_stopped_at is None or not contract.is_under_way:
        return text
    return replace(SILENCE_DOES_NOT_COUNT, values={"text": text})

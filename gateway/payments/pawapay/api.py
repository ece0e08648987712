"""pawaPay's HTTP API: one bearer token, JSON both ways."""

import aiohttp
import orjson

from gateway.events import HttpAnswer
from gateway.outgoing import ask
from values.frozen import Frozen, Hidden

PRODUCTION = "https://api.pawapay.io"


class PawaPayAccount(Frozen):
    """Our account. `base_url`: of production, of the sandbox (https://api.sandbox.pawapay.io) or of the simulator.
    `signs_callbacks`: whether their dashboard is told to sign them; then one without a signature is refused."""

    token: Hidden[str]
    base_url: str = PRODUCTION
    signs_callbacks: bool = True


class PawaPayApi:
    """Calls of one account. Both methods raise NotReachedError or AnswerLostError (`gateway.outgoing`)."""

    def __init__(self, account: PawaPayAccount, http: aiohttp.ClientSession) -> None:
        self._base, self._http = account.base_url.rstrip("/"), http
        self._headers = {"Authorization": f"Bearer {account.token}", "Accept-Encoding": "identity"}

    async def get(self, path: str) -> HttpAnswer:
        """Ask for /v2/`path`."""
        return await ask(self._http, "GET", f"{self._base}/v2/{path}", self._headers)

    async def post(self, path: str, body: dict[str, object]) -> HttpAnswer:
        """Post to /v2/`path`."""
        headers = self._headers | {"Content-Type": "application/json"}
        return await ask(self._http, "POST", f"{self._base}/v2/{path}", headers, orjson.dumps(body))

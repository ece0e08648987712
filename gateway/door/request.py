"""A request as it comes through the door, and its answer's head."""

from typing import TYPE_CHECKING, Any, cast

from aiohttp import HttpVersion11, hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy

if TYPE_CHECKING:
    from gateway.door.connection import Connection


class DoorRequest(web.Request):
    """A request that invites no body by itself, and whose answer does not name the server's software.

    aiohttp answers `Expect: 100-continue` before it calls a handler, so before a token is checked. Here the handler's
    `read_body` does it; without it the client keeps its body. Whatever else a client expects is ignored: aiohttp would
    repeat it in an answer that is no problem+json.
    """

    ATTRS = web.Request.ATTRS | {"waits_to_be_invited"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expects = self._headers.get(hdrs.EXPECT)
        knows_invitations = self.version >= HttpVersion11  # an older client takes the invitation for the answer
        self.waits_to_be_invited = knows_invitations and expects is not None and expects.lower() == "100-continue"
        if expects is not None:
            headers = CIMultiDict(self._headers)
            del headers[hdrs.EXPECT]
            self._headers = CIMultiDictProxy(headers)

    @property
    def connection(self) -> "Connection":
        return cast("Connection", self._protocol)

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        """Complete the head of the answer. A body that nobody has read is not read now: the connection is closed."""
        response.headers.pop(hdrs.SERVER, None)
        if not self._payload.is_eof():
            response.headers[hdrs.CONNECTION] = "close"
            response.force_close()
        await super()._prepare_hook(response)

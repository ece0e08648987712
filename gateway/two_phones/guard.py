"""Who may see the page and press its keys: only a browser that has the page itself, from an address of this machine.

Another site's page cannot read ours, nor post to it: its Origin is another, and it does not know the token. A site that
has its name point at this machine (DNS rebinding) is refused by the Host header: a name that is not localhost is not
ours.
"""

import secrets
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from yarl import URL

from gateway.http import same_secret

TOKEN_FIELD: Final = "token"  # noqa: S105 - a name
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser hides the Origin of our own forms
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


class Guard:
    """`token`: of all forms on the page, new with every start."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)

    def check_reader(self, request: web.Request) -> None:
        """Raise 403 for a name that is not this machine's, and for what another site's page asks for."""
        if not _is_this_machine(request.headers.get("Host", "")):
            raise web.HTTPForbidden(reason="Open this page as http://localhost or by the address of the machine.")
        is_ours = request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
        if not is_ours and request.headers.get("Sec-Fetch-Mode") != "navigate":  # a link may lead here
            raise web.HTTPForbidden(reason="Another site asks for this page.")

    def check_writer(self, request: web.Request, form: dict[str, str]) -> None:
        """Raise 403 for a form that is not of our own page."""
        self.check_reader(request)
        host = request.headers.get("Host", "")
        if request.headers.get("Origin") not in (f"http://{host}", f"https://{host}"):
            raise web.HTTPForbidden(reason="Origin: is not this page’s.")
        if not same_secret(form.get(TOKEN_FIELD, ""), self.token):
            raise web.HTTPForbidden(reason="token: is missing or old. Load the page again.")


def _is_this_machine(host: str) -> bool:
    """Whether a Host header names this machine: `localhost`, or an address, which no name server points elsewhere."""
    try:
        name = URL(f"http://{host}").host or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        return bool(ip_address(name))
    except ValueError:
        return False

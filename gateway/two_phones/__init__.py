"""Two feature phones in the browser, at `/phone`: for trying the service, and never served in production."""

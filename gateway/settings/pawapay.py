"""The account with pawaPay: mobile money in several countries. Used only if a token is set."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, SecretStr

from gateway.settings.values import url_of


def _token(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("should be the API token from pawaPay's dashboard, without spaces")
    return value


class PawaPaySettings(BaseModel):
    pawapay_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    # The sandbox: https://api.sandbox.pawapay.io
    pawapay_base_url: Annotated[str, url_of("http", "https")] = "https://api.pawapay.io"
    # Whether their dashboard is told to sign callbacks. If it is, one without a signature is refused; if not, each
    # callback is only a hint, and the payment is asked about.
    pawapay_signed_callbacks: bool = True

"""Whose offers a person does not want, as answers show it."""

from typing import Annotated

from typing_extensions import TypedDict

from gateway.rest.openapi.described import A_TIME, described
from gateway.rest.shapes.fields import E164, Moment, exact


@exact
class BlockView(TypedDict):
    """One number whose offers are kept away."""

    number: Annotated[E164, described("The phone whose offers are kept away, in E.164.", "+254711000009")]
    at: Annotated[Moment, described("Since when, in UTC.", A_TIME)]

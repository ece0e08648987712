"""An error, as application/problem+json (RFC 9457)."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from gateway.rest.openapi.described import AN_ID, described
from gateway.rest.shapes.fields import exact


@exact
class FaultPart(TypedDict):
    """What is wrong at one place of a request."""

    field: Annotated[str, described("Where: the path of the field, or the name of a parameter.", "parties[1].msisdn")]
    why: Annotated[str, described("What is wrong with it.", "is no phone number")]


@exact
class Problem(TypedDict):
    """An error. It repeats nothing of what was sent."""

    type: Annotated[str, described("Always `about:blank`: the status says what kind it is.", "about:blank")]
    title: Annotated[str, described("What is wrong, for people.", "parties[1].msisdn: is no phone number")]
    status: Annotated[int, described("The HTTP status.", 422)]
    field: NotRequired[Annotated[str, described("Of 400 and 422: where the first fault is.", "parties[1].msisdn")]]
    errors: NotRequired[
        Annotated[
            list[FaultPart],
            described(
                "Of 400 and 422: all faults that were found, at most 20.",
                [{"field": "parties[1].msisdn", "why": "is no phone number"}],
            ),
        ]
    ]
    request_id: Annotated[str, described("The id of the request, as in `X-Request-Id`.", AN_ID)]
    reason: NotRequired[Annotated[str, described("Why not now, in one word that stays the same.", "not_under_way")]]
    scope: NotRequired[Annotated[str, described("Of 403: the scope that is asked for.", "money")]]
    roles: NotRequired[Annotated[list[str], described("Of 403: one of these roles is asked for.", ["arbiter"])]]

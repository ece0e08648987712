"""What came of many contracts in one request, as the answer shows it."""

from typing import Annotated

from typing_extensions import TypedDict

from gateway.rest.openapi.described import described
from gateway.rest.shapes.contract import ContractView
from gateway.rest.shapes.fields import exact
from gateway.rest.shapes.problem import Problem


@exact
class BulkLineView(TypedDict):
    """What came of one line."""

    line: Annotated[int, described("Its place in the request, from 0.", 0)]
    key: Annotated[str | None, described("Its key; null: it has none that can be one.", "order-4711")]
    status: Annotated[int, described("201, or the HTTP status of its problem.", 201)]
    replayed: Annotated[bool, described("Whether an earlier request made it.", False)]
    contract: Annotated[ContractView | None, described("The contract, as it is now; null: it was not made.")]
    problem: Annotated[Problem | None, described("Why it was not made; null: it was.", None)]


@exact
class BulkView(TypedDict):
    """What came of each line."""

    results: Annotated[list[BulkLineView], described("One for each line, in their order.")]

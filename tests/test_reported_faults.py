"""Faults that were reported of systems like this one: each is kept mended by a test, which carries its number."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
REPORTED = {
    "B01": "a provider's time ahead of ours makes a later STOP void",
    "B03": "a database that was read-only for a while is never written again",
    "B04": "health says healthy while no hop can be served",
    "B06": "somebody who says yes in other words gets silence",
    "B08": "a date typed abroad is counted in the service's time zone",
    "B10": "a day just past is taken for next year's",
    "B12": "a password in an error line",
    "B14": "a token that no URL can hold",
    "B15": "letters missing from the paper without a sign",
    "B17": "digits of another script on a menu",
    "B19": "invisible marks in a number",
    "B21": "a trace where the schema is missing",
    "B23": ".env in another encoding",
    "B25": "STOP with thanks behind it",
    "B26": "STOP in the imperative of another language",
    "B27": "a PIN with a space behind it",
    "B28": "this year as a PIN",
    "B29": "3.500 by the API",
    "B30": "a day in words, with an hour",
    "B31": "an amount with words around it",
    "B32": "two units in one quantity",
    "B33": "everybody opted out by refusals of the provider",
    "B34": "a sender id that is not approved makes messages final",
    "B35": "broken bytes in an MO",
    "B36": "STOP in other words",
    "B37": "a PIN from one's own number",
    "B38": "a byte order mark before JSON",
    "B39": "numbers that the numbering plan does not know",
    "B40": "an ASCII terminal",
    "B41": "SIGTERM while a request is half sent",
}


def test_every_reported_fault_has_a_test() -> None:
    marked = {
        number
        for file in TESTS.rglob("test_*.py")
        for number in re.findall(r'mark\.reported\("(B[0-9]+)"', file.read_text())
    }
    assert marked == REPORTED.keys()

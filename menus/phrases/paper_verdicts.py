"""Whether the terms on a paper are in force, in whole sentences: on a screen and by SMS alike."""

from collections.abc import Mapping
from datetime import tzinfo

from contracts.fields.msisdn import Msisdn
from contracts.fields.reference import spaced
from contracts.proof.paper_check import PaperCheck, PaperVerdict
from menus.office import Office, with_office
from menus.translate import Text, t
from values.frozen import replace

_VERDICTS: Mapping[PaperVerdict, Text] = {
    PaperVerdict.IN_FORCE: t("Contract {reference} with this code is in force since {day}."),
    PaperVerdict.DISPUTED: t("Contract {reference} with this code was agreed on {day}. A problem with it is open now."),
    PaperVerdict.REPLACED: t(
        "Contract {reference} with this code is not in force: other terms took its place on {day}."
    ),
    PaperVerdict.NOT_AGREED: t("Contract {reference} with this code is not in force: not all agreed to it."),
    PaperVerdict.VOID: t(
        "Contract {reference} with this code: do not rely on it. An answer in it does not count any more. Ask {office}."
    ),
    PaperVerdict.COMPLETED: t("Contract {reference} with this code has ended: it was completed on {day}."),
    PaperVerdict.CANCELLED: t("Contract {reference} with this code has ended: it was cancelled on {day}."),
    PaperVerdict.EXPIRED: t("Contract {reference} with this code has ended: it expired on {day}."),
    PaperVerdict.NO_MATCH: t(
        "We know no contract {reference} with this code. Please check the number and all 12 letters."
    ),
    PaperVerdict.TOO_OFTEN: t("Too many questions about papers. Please ask again in an hour."),
}


def verdict_text(check: PaperCheck, reference: str, zone: tzinfo, office: Office, reader: Msisdn) -> Text:
    """Return the sentence. Its day is one in `zone`; `reference`: eight digits, as `reader` asked about them."""
    day = check.since.astimezone(zone).date() if check.since else None
    verdict = replace(_VERDICTS[check.verdict], values={"reference": spaced(reference), "day": day})
    return with_office(verdict, office, reader) if check.verdict is PaperVerdict.VOID else verdict

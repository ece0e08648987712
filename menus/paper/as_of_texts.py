"""Of which moment the paper is, who keeps the record, by which keys it is signed; and what a clerk does with it."""

from typing import Final

from menus.translate import Text, t, tn

HEAD: Final = t("Of which moment this is")
LAST_STEP: Final = t("Last step")
STEP: Final = t("{at}, step {n}: {what}")
MAY_BE_OLD: Final = t("Whether anything came later, no paper can know. Ask: {url}")
KEPT_BY: Final = t("Kept by")
NO_OFFICE: Final = t("an office that has given no name")
SOFTWARE: Final = t("Software")
KEY: Final = t("Key of words")
LOG_KEY: Final = t("Key of the log")
LOG: Final = t("Log")
NOT_LOGGED: Final = t("not signed yet: ask for another paper in some minutes")
LOGGED: Final = t("{size} entries of all contracts; {covered} of the {steps} steps of this one are among them")
SEEN_BY: Final = t("Seen by")
WITNESSED: Final = t("the witness {name}, {at}")
UNSEEN: Final = t("no witness")
STAMP: Final = t("Time stamp")
STAMPED: Final = t("an authority saw the steps up to {n}, {at}")

CLERK: Final = t("What to do with this paper, at an office that is shown it")
CLERKS_STEPS: Final = (
    t("Get the pack of this contract, a zip file, from a party or from the office that keeps the record."),
    t(
        "Get the program verify.html or verify.py, but not from whoever gave you the pack. Compare its SHA-256 with the"
        " one that is published. Open the pack with it: it says WHOLE or BROKEN, and why."
    ),
    t(
        "Compare the letters of both keys above with an older paper, with the paper of the other party, or with what"
        " the office says that keeps the record. If they differ, somebody else has made this."
    ),
    t("Ask whether the contract is still in force, with its number and its code: {url}"),
)


def silence_text(days: int) -> Text:
    """Return what silence means, by the terms."""
    return tn(
        "{n} day after the seller says delivered counts as received",
        "{n} days after the seller says delivered count as received",
        n=days,
    )  # fmt: skip

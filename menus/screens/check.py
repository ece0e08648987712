"""Check a paper: whether a contract with this number and this short code is in force. Open to anybody."""

from contracts.fields.reference import spaced
from contracts.proof.paper_check import PaperCheck
from contracts.proof.short_code import grouped
from contracts.readings import paper
from menus import answers
from menus.phrases.paper_verdicts import verdict_text
from menus.screen import Caller, Screen, ask, choice, go, menu, screen
from menus.translate import t


@screen("check")
def check(caller: Caller) -> Screen:
    return ask(
        t("Type the contract's number and its 12 letters, as on the paper: 40718353 BCDF GHJK LMNP"),
        answers.paper,
        keep_as="paper",
        then=go("check.typed"),
    )


@screen("check.typed")
def typed(caller: Caller) -> Screen:
    """What was understood: a letter may have been typed that looks like another."""
    reference, code = caller.answers["paper"]
    return menu(
        t("Contract {reference}, code {letters}. Is that on the paper?", reference=spaced(reference),
          letters=grouped(code).replace(" ", "\u00a0")),
        choice(t("Yes, check it"), go("check.paper", reference=reference, code=code)),
        choice(t("Type again"), go("check")),
    )  # fmt: skip


@screen("check.paper", reads=paper)
def checked(caller: Caller, found: PaperCheck, reference: str, code: str) -> Screen:
    return menu(verdict_text(found, reference, caller.zone, caller.office, caller.msisdn))

"""The page that the QR code opens: one answer in large letters, for a small screen."""

from collections.abc import Mapping
from html import escape
from zoneinfo import ZoneInfo

from contracts.fields.reference import spaced
from contracts.proof.paper_check import PaperCheck
from gateway.verify.verifier_files import VERIFIERS

_STATUS = {
    "PENDING": "Waits for the parties’ answers",
    "CONFIRMED": "Confirmed by all parties",
    "ACTIVE": "Delivery is under way",
    "COMPLETED": "Completed",
    "CANCELLED": "Cancelled",
    "EXPIRED": "Expired",
    "DISPUTED": "In dispute",
}
_ALTERED = "A paper can be altered: what counts is the file contract.json that has this code."
# For each verdict: the sign, its colour, the headline, the explanation.
_TEXTS = {
    "ask": ("?", "grey", "Are these terms in force?", "Enter the contract’s number and its 12 letters. They are in the"
            " SMS that all have confirmed, and on the paper."),
    "in_force": ("✓", "green", "It matches: in force", _ALTERED),
    "disputed": ("!", "amber", "It matches: a problem is open", "All agreed to these terms. Then a party reported a"
                 " problem, which is not settled or decided yet."),
    "replaced": ("!", "amber", "Not in force: replaced", "All agreed to other terms later."),
    "not_agreed": ("!", "amber", "Not in force: not agreed", "The record knows these terms, but not all agreed to"
                   " them."),
    "void": ("!", "amber", "Do not rely on it", "Some answers in this contract do not count any more: the key that"
             " signed them was taken back. Ask the office that keeps the record."),
    "completed": ("✓", "grey", "It has ended: completed", _ALTERED),
    "cancelled": ("!", "amber", "It has ended: cancelled", _ALTERED),
    "expired": ("!", "amber", "It has ended: expired", _ALTERED),
    "no_match": ("✕", "red", "It does not match", "The record has nothing like this under this number. A letter may"
                 " have been changed, or a digit of the number mistyped."),
    "no_code": ("?", "grey", "That is no code", "It has 12 letters, and none of them is a vowel. Copy it whole."),
    "no_hash": ("?", "grey", "That is no SHA-256", "It has 64 signs, 0 to 9 and a to f. Copy it whole."),
    "no_reference": ("?", "grey", "That is no contract number", "It has eight digits, and one of them is mistyped."),
}  # fmt: skip

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{headline} · VoicePact</title>
<style>
:root {{ --ink: #17202a; --soft: #5d6873; --paper: #fff; --ground: #f2f4f6; --line: #d9dee3;
  --green: #14713d; --amber: #8a5a00; --red: #b3261e; --grey: #46515c }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #eef1f4; --soft: #a3adb7; --paper: #1b2127; --ground: #11161a;
  --line: #343c44; --green: #6fd39a; --amber: #f0c169; --red: #ff9a91; --grey: #b6c0ca }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: var(--ground); color: var(--ink); font: 17px/1.5 system-ui, sans-serif }}
main {{ max-width: 30rem; margin: 0 auto; padding: 1.25rem 1rem 2rem }}
header {{ color: var(--soft); font-size: .9rem; margin: 0 .25rem .75rem }}
.card {{ background: var(--paper); border-radius: 1rem; padding: 1.5rem 1.25rem; border-top: .4rem solid var(--tone) }}
.sign {{ width: 3.5rem; height: 3.5rem; border-radius: 50%; border: .2rem solid var(--tone); color: var(--tone);
  display: grid; place-items: center; font-size: 1.8rem; font-weight: 700; line-height: 1 }}
h1 {{ font-size: 1.65rem; line-height: 1.2; margin: 1rem 0 .4rem; color: var(--tone) }}
p {{ margin: 0 }}
dl {{ margin: 1.25rem 0 0; border-top: 1px solid var(--line) }}
dl div {{ display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 0;
  border-bottom: 1px solid var(--line) }}
dt {{ color: var(--soft) }}
dd {{ margin: 0; text-align: right; font-weight: 600 }}
form {{ margin: 1rem .25rem 0 }}
label {{ display: block; font-size: .9rem; color: var(--soft); margin-bottom: .35rem }}
textarea, input {{ width: 100%; font: 16px/1.4 ui-monospace, monospace; padding: .7rem; border: 1px solid var(--line);
  border-radius: .6rem; background: var(--paper); color: var(--ink); resize: vertical }}
button {{ width: 100%; margin-top: .6rem; min-height: 3rem; border: 0; border-radius: .6rem; background: var(--ink);
  color: var(--paper); font: 600 1rem system-ui, sans-serif }}
:focus-visible {{ outline: 3px solid var(--tone); outline-offset: 2px }}
footer {{ margin: 1.25rem .25rem 0; font-size: .85rem; color: var(--soft) }}
footer p {{ margin-top: .75rem }}
a {{ color: inherit }}
code {{ overflow-wrap: anywhere }}
</style>
<main style="--tone: var(--{tone})">
<header>VoicePact{reference}</header>
<section class="card">
<div class="sign" aria-hidden="true">{sign}</div>
<h1>{headline}</h1>
<p>{why}</p>
{facts}</section>
{form}<footer>This page shows nothing about people. It compares what you enter with the record.
<p>You have an evidence pack, a zip? Save one of these programs and check the pack with it, also without a network:
{programs}</p></footer>
</main>
</html>
"""

_FORM = """\
<form method="get" action="/verify">
<label for="reference">Number of the contract</label>
<input id="reference" name="reference" value="{reference}" inputmode="numeric" required autocomplete="off">
<label for="code">Code: 12 letters</label>
<input id="code" name="code" required autocomplete="off" autocapitalize="characters" spellcheck="false">
<button>Compare with the record</button>
</form>
"""
_HASH_FORM = """\
<form method="get" action="/verify/{reference}">
<label for="sha256">Or the SHA-256 of contract.json</label>
<textarea id="sha256" name="sha256" rows="3" required autocomplete="off" autocapitalize="none"
  spellcheck="false"></textarea>
<button>Compare with the record</button>
</form>
"""
# What `since` is, for each verdict that has one.
_SINCE = {
    "in_force": "In force since",
    "disputed": "Agreed on",
    "replaced": "Replaced on",
    "completed": "Completed on",
    "cancelled": "Cancelled on",
    "expired": "Expired on",
}


def page(reference: str, verdict: str, check: PaperCheck, zone: ZoneInfo, keys: Mapping[str, str]) -> str:
    """Return the HTML. `reference` is "" if none was given, or no contract can have the one that was; `check` has a
    status only if the document or the code is on record. `keys`: the letters of our keys by their names, to be compared
    with those on a paper; shown with a status only."""
    sign, tone, headline, why = _TEXTS[verdict]
    facts, forms = "", ""
    if check.status:
        when = _fact(_SINCE[verdict], f"{check.since.astimezone(zone):%-d %B %Y}") if check.since else ""
        letters = "".join(_fact(name, letters) for name, letters in keys.items())
        facts = f"<dl>{_fact('Contract', _STATUS[check.status])}{when}{letters}</dl>\n"
    else:
        shown = escape(reference)
        forms = _FORM.format(reference=shown) + (_HASH_FORM.format(reference=shown) if shown else "")
    return _PAGE.format(
        reference=f" · contract {escape(spaced(reference))}" if reference else "", sign=sign, tone=tone,
        headline=headline, why=why, facts=facts, form=forms, programs="".join(map(_program, VERIFIERS)),
    )  # fmt: skip


def _program(name: str) -> str:
    return f'<br><a href="/verifier/{name}" download>{name}</a>, SHA-256 <code>{VERIFIERS[name].sha256}</code>'


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>"

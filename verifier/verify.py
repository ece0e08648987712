#!/usr/bin/env python3
"""Checks an evidence pack of VoicePact: whole, or which file is not as it was, and why.

    python3 verify.py voicepact-40718353.zip [--key KEY] [--policy FILE] [--lang en|sw]

It needs Python 3.9 or newer and nothing else: no package, no network, no other program. It does not come with the pack,
because whoever alters a pack could alter a checker inside it: take it from where its SHA-256 is published
(docs/evidence.md, and the page /verify of the service), and compare.

Exit: 0 whole; 1 broken; 2 what was given is no pack that this program reads; 3 whole, but some answers do not count.
verify.html does the same in a browser.

A signature counts if OpenSSL counts it (EVP_PKEY_ED25519): the number S below the group's order, R in its one right
spelling, and without the cofactor. A public key is read as OpenSSL reads it, those of small order too; that a key is
the service's own, no signature can show, only its id from elsewhere (--key, --policy).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import math
import os
import re
import stat
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, NamedTuple

Files = dict[str, bytes]
Values = dict[str, Any]

MAX_FILES = 5_000
MAX_BYTES = 400_000_000  # of all files together: fifty of 5 MiB in one dispute, and room
MAX_JSON_BYTES = 8_000_000
MAX_DEPTH = 40
MAX_NAMED = 20  # problems in one verdict
SUMS, SUMS_SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
FORM, FORM_WITH_PAYMENT = "voicepact-contract/1", "voicepact-contract/2"
FORMAT, ENTRY, OLD_README = "voicepact-pack/2", "voicepact-entry/2", "README.txt"

# What is said, in English and in Swahili. verify.html has the same texts.
TEXTS: Mapping[str, tuple[str, str]] = {
    # the verdict
    "whole": ("WHOLE", "NZIMA"),
    "broken": ("BROKEN", "SI NZIMA"),
    "no_pack": ("NOT A PACK", "SI KIFURUSHI"),
    "headline": (
        "contract {reference}, as of {at} (step {step}), {seen}",
        "mkataba {reference}, kufikia {at} (hatua {step}), {seen}",
    ),
    "seen_by": ("seen by {n} witnesses: {names}", "umeonwa na mashahidi {n}: {names}"),
    "seen_by_one": ("seen by 1 witness: {names}", "umeonwa na shahidi 1: {names}"),
    "seen_by_none": ("seen by no witness", "haujaonwa na shahidi yeyote"),
    "seen_up_to": ("{seen} (steps 1 to {covered} alone)", "{seen} (hatua 1 hadi {covered} pekee)"),
    "but_void": ("{seen}; answers that do not count: {n}", "{seen}; majibu yasiyohesabika: {n}"),
    "more": ("and {n} more", "na mengine {n}"),
    # what holds with it
    "pack_keys": (
        "By the keys that the pack itself brings. Compare the letters of the key with the paper, or ask the"
        " operator: {key}",
        "Kwa funguo zilizomo ndani ya kifurushi chenyewe. Linganisha herufi za ufunguo na zile za karatasi, au muulize"
        " mwendeshaji: {key}",
    ),
    "given_keys": ("By the key that you gave: {key}", "Kwa ufunguo uliotoa: {key}"),
    "pack_log": (
        "The log's key is the one that the pack names. Compare its letters with the paper, or ask the operator: {key}"
        " ({line})",
        "Ufunguo wa daftari ni ule unaotajwa na kifurushi. Linganisha herufi zake na zile za karatasi, au muulize"
        " mwendeshaji: {key} ({line})",
    ),
    "given_log": ("By the log's key that you gave: {key}", "Kwa ufunguo wa daftari uliotoa: {key}"),
    "pack_witnesses": (
        "The witnesses are those that the pack names in witnesses.txt. Ask them if these are their keys: {keys}",
        "Mashahidi ni wale wanaotajwa na kifurushi katika witnesses.txt. Waulize kama hizi ni funguo zao: {keys}",
    ),
    "given_policy": (
        "By the log and the witnesses in the policy that you gave.",
        "Kwa daftari na mashahidi wa sera uliyotoa.",
    ),
    "few_witnesses": (
        "Too few witnesses: witnesses.txt asks for {quorum}. Ask for a newer pack.",
        "Mashahidi ni wachache: witnesses.txt inahitaji {quorum}. Omba kifurushi kipya zaidi.",
    ),
    "no_witness": (
        "No witness has seen it: the operator, who has the keys, could have made all of it anew.",
        "Hakuna shahidi aliyeiona: mwendeshaji, mwenye funguo, angeweza kuitengeneza yote upya.",
    ),
    "not_in_log": (
        "No checkpoint of the log covers a step yet: what was written may still be replaced by who has the keys."
        " Ask for a newer pack.",
        "Hakuna muhuri wa daftari unaohusu hatua yoyote bado: mwenye funguo anaweza kubadilisha yaliyoandikwa."
        " Omba kifurushi kipya zaidi.",
    ),
    "newer_steps": (
        "Steps {first} to {last} are newer than the checkpoint: no witness has seen them. Ask for a newer pack.",
        "Hatua {first} hadi {last} ni mpya kuliko muhuri wa daftari: hakuna shahidi aliyeziona. Omba kifurushi"
        " kipya zaidi.",
    ),
    "newer_step": (
        "Step {last} is newer than the checkpoint: no witness has seen it. Ask for a newer pack.",
        "Hatua {last} ni mpya kuliko muhuri wa daftari: hakuna shahidi aliyeiona. Omba kifurushi kipya zaidi.",
    ),
    "void": (
        "These answers do not count: {names}. The key {key} that signed them was taken back: what it signed counts only"
        " before the size {size} of the log ({because}).",
        "Majibu haya hayahesabiki: {names}. Ufunguo {key} uliotia saini ulibatilishwa: ulichotia saini huhesabika kabla"
        " ya ukubwa {size} wa daftari pekee ({because}).",
    ),
    "revoked": (
        "The key {key} was taken back: what it signed counts only before the size {size} of the log ({because}). All"
        " answers here count.",
        "Ufunguo {key} ulibatilishwa: ulichotia saini huhesabika kabla ya ukubwa {size} wa daftari pekee ({because})."
        " Majibu yote hapa yanahesabika.",
    ),
    "later_steps": (
        "Later steps are not in it. Whether the terms are still in force, only the service knows: {ask}",
        "Hatua za baadaye hazimo. Kama masharti bado yanatumika, huduma pekee ndiyo inajua: {ask}",
    ),
    "code": (
        "The letters of contract.json are {code}. Compare them with the SMS that all have confirmed, and with"
        " the paper.",
        "Herufi za contract.json ni {code}. Linganisha na SMS ya kwamba wote wamethibitisha, na karatasi.",
    ),
    "no_code": (
        "The 12 letters were not checked: this device cannot compute scrypt.",
        "Herufi 12 hazikuhakikiwa: kifaa hiki hakiwezi kukokotoa scrypt.",
    ),
    "paper": (
        "contract.pdf is made from the other files and not checked here: where it differs, contract.json counts.",
        "contract.pdf imetengenezwa kutokana na faili nyingine na haikuhakikiwa hapa: ikitofautiana, contract.json"
        " ndiyo halali.",
    ),
    "timestamp": (
        "There is an authority's time stamp on step {step} and those before. It is not checked here. With the"
        " authority's certificates in roots.pem:"
        " openssl ts -verify -data timestamp.txt -in timestamp.tsr -CAfile roots.pem",
        "Kuna muhuri wa wakati wa mamlaka juu ya hatua {step} na zilizotangulia. Haukuhakikiwa hapa. Ukiwa na"
        " vyeti vya mamlaka katika roots.pem:"
        " openssl ts -verify -data timestamp.txt -in timestamp.tsr -CAfile roots.pem",
    ),
    "erased_people": (
        "Parties whose name and number are not in the pack (erased): {n}",
        "Wahusika ambao jina na nambari zao hazimo (zimefutwa): {n}",
    ),
    "missing_texts": (
        "SMS whose text is not in the pack (old or erased): {n}. Nothing is known of what they said.",
        "SMS ambazo maandishi yake hayamo (za zamani au zimefutwa): {n}. Hayajulikani yaliyosemwa.",
    ),
    "large_files": (
        "Files of a dispute that are too large for the pack: {n}. The service has them; their SHA-256 is in"
        " disputes.json.",
        "Faili za mgogoro ambazo ni kubwa mno kwa kifurushi: {n}. Huduma inazo; SHA-256 zake zimo katika"
        " disputes.json.",
    ),
    "missing_shown": (
        "Answers of which it is not in the pack what was shown before (erased): {n}",
        "Majibu ambayo yaliyoonyeshwa kabla yake hayamo (yamefutwa): {n}",
    ),
    "older_steps": (
        "Steps from before steps named what they wrote: {n}. The answers given then are signed, but no step"
        " names them.",
        "Hatua za zamani ambazo hazikutaja zilichoandika: {n}. Majibu ya wakati huo yametiwa saini, lakini hakuna hatua"
        " inayoyataja.",
    ),
    "bound_later": (
        "What there was before step {step} was bound by it on {at}: until then nothing but the operator's database"
        " held it.",
        "Yaliyokuwepo kabla ya hatua {step} yalifungwa nayo tarehe {at}: hadi hapo yalishikwa na hifadhidata ya"
        " mwendeshaji pekee.",
    ),
    "unknown_files": (
        "Listed and signed, but of a kind that this program does not know and did not check: {names}",
        "Zimo kwenye orodha na zimetiwa saini, lakini programu hii haizijui na haikuzihakiki: {names}",
    ),
    "network_told": (
        "What became of an SMS (messages.json: sent, delivered, by which network) is as the networks told it."
        " Nothing proves that.",
        "Yaliyotokea kwa SMS (messages.json: imetumwa, imefika, kwa mtandao gani) ni kama mitandao ilivyoeleza."
        " Hakuna kinachothibitisha.",
    ),
    "money": (
        "Money, as the steps add it up: {came} came for this contract; {paid} went to the seller and {back} back to the"
        " buyer; {fees} are the service's; {waits} is still to go to one of them.",
        "Fedha, kwa jumla ya hatua: {came} ziliingia kwa mkataba huu; {paid} zilikwenda kwa muuzaji na {back} zilirudi"
        " kwa mnunuzi; {fees} ni za huduma; {waits} bado hazijalipwa kwa mmoja wao.",
    ),
    "rail_told": (
        "That money moved is as the provider of mobile money told it. Its receipts are in money.json: ask that"
        " provider.",
        "Kwamba fedha zilihamishwa ni kama mtoa huduma ya pesa kwa simu alivyoeleza. Risiti zake zimo katika"
        " money.json: muulize mtoa huduma huyo.",
    ),
    "not_shown": (
        "It does not show who held a phone, or that an answer was given freely.",
        "Haionyeshi nani alishika simu, wala kwamba jibu lilitolewa kwa hiari.",
    ),
    # not a pack
    "cannot_read": ("it cannot be read", "haiwezi kusomwa"),
    "no_zip": (
        "it is no zip file, or only a part of one: fetch it again",
        "si faili la zip, au ni sehemu tu: lipakue tena",
    ),
    "zip_form": (
        "it is a zip of a form that no pack has: unpack it, and give the folder",
        "ni zip ya aina ambayo kifurushi hakina: ifungue, kisha toa folda",
    ),
    "no_list": (
        "it has no SHA256SUMS, the list of its files",
        "haina SHA256SUMS, orodha ya faili zake",
    ),
    "older": (
        "it is a pack of an older form, without pack.json: check it as its own README.txt says",
        "ni kifurushi cha aina ya zamani, bila pack.json: kihakiki kama README.txt yake inavyosema",
    ),
    "newer": (
        "it has the format {format}, which this program does not know: take a newer verify.py",
        "ina muundo {format}, ambao programu hii haiujui: chukua verify.py mpya zaidi",
    ),
    "policy_form": ("it is no policy file (line {line})", "si faili la sera (mstari {line})"),
    # files and their names
    "name_unsafe": (
        "a name that could lead out of the folder, or be taken for another",
        "jina linaloweza kutoka nje ya folda, au kudhaniwa kuwa jingine",
    ),
    "name_doubled": ("the name is there twice", "jina lipo mara mbili"),
    "no_plain_file": ("it is a link or a device, and no file", "ni kiungo au kifaa, si faili"),
    "too_many": ("there are more than {most} files", "kuna faili zaidi ya {most}"),
    "too_large": (
        "it is larger than a pack's file may be ({most} bytes)",
        "ni kubwa kuliko faili la kifurushi (baiti {most})",
    ),
    "zip_packed": (
        "it cannot be unpacked: its bytes are not those that were packed",
        "haifunguki: baiti zake si zile zilizofungashwa",
    ),
    "zip_names": ("the zip has two names for it", "zip ina majina mawili kwa faili hili"),
    "stranger": (
        "it is not on the list SHA256SUMS: somebody has added it",
        "haimo kwenye orodha SHA256SUMS: mtu ameiongeza",
    ),
    "missing": (
        "it is on the list SHA256SUMS and is not here: somebody has taken it away",
        "imo kwenye orodha SHA256SUMS lakini haipo: mtu ameiondoa",
    ),
    "not_there": ("a pack has this file, and it is not here", "kifurushi kina faili hili, lakini halipo"),
    "changed": (
        "its bytes are not those on the list SHA256SUMS: it was changed",
        "baiti zake si zile za orodha SHA256SUMS: imebadilishwa",
    ),
    "list_form": ("line {line} is not a hash and a file name", "mstari {line} si heshi na jina la faili"),
    "json_form": ("it is no JSON as a pack has it", "si JSON kama ya kifurushi"),
    "json_spelling": (
        "it is JSON, but not in its one right spelling (RFC 8785)",
        "ni JSON, lakini si kwa tahajia yake moja sahihi (RFC 8785)",
    ),
    "shape": ("it is of a shape that this program did not expect", "ni ya umbo ambalo programu hii haikulitarajia"),
    "field": (
        "what it says of {field} is missing or is not what it can be",
        "inachosema kuhusu {field} hakipo au si sahihi",
    ),
    # keys and signatures
    "key_form": ("it is no Ed25519 public key in PEM form", "si ufunguo wa umma wa Ed25519 wa muundo wa PEM"),
    "key_name": ("it is another key than its name says: {key}", "ni ufunguo mwingine, si wa jina lake: {key}"),
    "key_missing": ("the key {key} is not in keys/", "ufunguo {key} haumo katika keys/"),
    "key_not_given": (
        "it is signed with the key {key}, which is none of those that you gave",
        "imetiwa saini kwa ufunguo {key}, ambao si kati ya uliotoa",
    ),
    "list_signature": (
        "it is not signed with the key {key}: the list was changed after it was signed",
        "haijatiwa saini kwa ufunguo {key}: orodha ilibadilishwa baada ya kutiwa saini",
    ),
    "signature": (
        "it is not signed with the key {key}: it, or its signature, was changed",
        "haijatiwa saini kwa ufunguo {key}: yenyewe, au saini yake, imebadilishwa",
    ),
    "no_signature": ("it has no signature", "haina saini"),
    "no_statement": ("there is no answer that it belongs to", "hakuna jibu linalohusiana nayo"),
    # the contract
    "other_contract": ("it is about another contract", "inahusu mkataba mwingine"),
    "no_form": (
        "the terms that it answers are not in forms/",
        "masharti ambayo inajibu hayamo katika forms/",
    ),
    "form_unnamed": ("no step and no answer names these terms", "hakuna hatua wala jibu linalotaja masharti haya"),
    "not_in_force": ("it is not the form {name}", "si sawa na {name}"),
    "not_as_pack": ("its {field} is not what pack.json says", "{field} yake si kama pack.json inavyosema"),
    "shown": ("it is not what was shown before {name}", "si yaliyoonyeshwa kabla ya {name}"),
    "shown_gone": (
        "what was shown before it is not here, and no step says that it was erased",
        "yaliyoonyeshwa kabla yake hayapo, na hakuna hatua inayosema kwamba yalifutwa",
    ),
    "person_gone": (
        "a party has no file in people/, and no step says that they were erased: {id}",
        "mhusika hana faili katika people/, na hakuna hatua inayosema kwamba alifutwa: {id}",
    ),
    "person": (
        "this person is not in the contract under this id",
        "mtu huyu hayumo kwenye mkataba kwa kitambulisho hiki",
    ),
    # the steps
    "gap": ("step {step} is missing", "hatua {step} haipo"),
    "no_steps": ("there is no step", "hakuna hatua"),
    "follows": (
        "it does not follow from the step before it: a step was changed, added or taken away",
        "haifuati hatua iliyo kabla yake: hatua imebadilishwa, imeongezwa au imeondolewa",
    ),
    "entry_form": (
        "it is no step of this contract as the service writes it",
        "si hatua ya mkataba huu kama huduma inavyoiandika",
    ),
    "not_named": ("no step names this answer", "hakuna hatua inayotaja jibu hili"),
    "named_twice": ("more than one step names this answer", "zaidi ya hatua moja inataja jibu hili"),
    "answer_gone": (
        "it names a signed answer that is not in confirmations/",
        "inataja jibu lililotiwa saini ambalo halimo katika confirmations/",
    ),
    "written_anew": (
        "it writes anew what one before it wrote: {id}",
        "inaandika upya kilichoandikwa na hatua iliyo kabla yake: {id}",
    ),
    "answer_differs": ("it does not agree with the answer {name}", "haikubaliani na jibu {name}"),
    "last_step": (
        "its {field} is not that of the last step, {name}",
        "{field} yake si ya hatua ya mwisho, {name}",
    ),
    "list_differs": (
        "item {n} is not what {name} says",
        "kipengele {n} si kama {name} inavyosema",
    ),
    "list_count": ("it has not as many items as there are", "idadi ya vipengele vyake si sahihi"),
    "money_wrong": (
        "what it says of money cannot be, after the steps before it: {id}",
        "inachosema kuhusu fedha hakiwezekani, baada ya hatua zilizotangulia: {id}",
    ),
    "money_left": (
        "the contract is over, and {amount} of what came were given to nobody",
        "mkataba umekwisha, na {amount} kati ya zilizoingia hazikupewa mtu yeyote",
    ),
    "over": (
        "the contract was over before it: only its money may go on, and {field} not",
        "mkataba ulikwisha kabla yake: ni fedha zake tu zinazoweza kuendelea, si {field}",
    ),
    # texts and files
    "text_unnamed": ("no step names this text", "hakuna hatua inayotaja maandishi haya"),
    "text_unlisted": (
        "messages.json does not list the SMS {id} of step {step}",
        "messages.json haitaji SMS {id} ya hatua {step}",
    ),
    "text_gone": (
        "its text is not in the pack, and nothing says why: SMS {id}",
        "maandishi yake hayamo, na hakuna sababu: SMS {id}",
    ),
    "text_differs": (
        "what it says of the SMS {id} is not what {name} says",
        "inachosema kuhusu SMS {id} si kama {name}",
    ),
    "file_unnamed": ("no step names this file of a dispute", "hakuna hatua inayotaja faili hili la mgogoro"),
    "file_changed": ("it is not the file that step {step} names", "si faili ambalo hatua {step} inataja"),
    "file_gone": (
        "it names a file of a dispute, {id}, that is not in disputes/",
        "inataja faili la mgogoro, {id}, ambalo halimo",
    ),
    # the log
    "note_form": ("it is no signed checkpoint", "si muhuri wa daftari uliotiwa saini"),
    "note_log": (
        "no log that is believed has signed it ({origin})",
        "hakuna daftari linaloaminika lililoutia saini ({origin})",
    ),
    "note_signature": ("the signature of {name} is wrong", "saini ya {name} si sahihi"),
    "note_differs": ("its {field} is not that of checkpoint.note", "{field} yake si ya checkpoint.note"),
    "proof_form": ("it is no proof of the log", "si uthibitisho wa daftari"),
    "proof_gone": (
        "step {step} has no proof that it is in the log",
        "hatua {step} haina uthibitisho kwamba imo kwenye daftari",
    ),
    "proof_extra": ("it is about no step that the checkpoint covers", "haihusu hatua yoyote iliyo chini ya muhuri"),
    "proof_wrong": (
        "step {step} is not in the log that checkpoint.note is about, or not at this place",
        "hatua {step} haimo kwenye daftari la checkpoint.note, au si mahali hapa",
    ),
    "proof_note": (
        "it is about another checkpoint than checkpoint.note",
        "inahusu muhuri mwingine, si checkpoint.note",
    ),
    "quorum": (
        "too few witnesses: the policy that you gave asks for {quorum}, and these have signed: {names}."
        " Perhaps nothing is altered: ask for a newer pack",
        "mashahidi ni wachache: sera uliyotoa inahitaji {quorum}, na waliotia saini ni: {names}."
        " Huenda hakuna kilichobadilishwa: omba kifurushi kipya zaidi",
    ),
    "no_checkpoint": (
        "no checkpoint covers its steps, and you gave a policy. Perhaps nothing is altered: ask for a newer pack",
        "hakuna muhuri unaohusu hatua zake, na umetoa sera. Huenda hakuna kilichobadilishwa: omba kifurushi"
        " kipya zaidi",
    ),
    "revocation": (
        "the key {key} was not taken back by the log's key as it says",
        "ufunguo {key} haukubatilishwa na ufunguo wa daftari kama inavyosema",
    ),
    "void_counts": (
        "it says that {name} does not count, which that key did not sign, or signed before it was taken back",
        "inasema kwamba {name} halihesabiki, ambalo ufunguo huo haukutia saini, au ulitia saini kabla ya kubatilishwa",
    ),
    "not_void": (
        "it does not say that {name} does not count, whose key was taken back before",
        "haisemi kwamba {name} halihesabiki, ambalo ufunguo wake ulibatilishwa kabla",
    ),
    "nobody": ("nobody", "hakuna"),
}


class Broken(Exception):
    """A file that is not as it should be; `why` is a key of TEXTS."""

    def __init__(self, file: str, why: str, **values: Any) -> None:
        super().__init__(file, why)
        self.problem = Problem(file, why, values)


class NotAPack(Exception):
    """What was given is no pack that this program reads; `why` is a key of TEXTS."""

    def __init__(self, why: str, **values: Any) -> None:
        super().__init__(why)
        self.problem = Problem("", why, values)


class Problem(NamedTuple):
    file: str
    why: str
    values: Values


class Condition(NamedTuple):
    """What has to be known with a verdict; `why` is a key of TEXTS."""

    why: str
    values: Values


class Report(NamedTuple):
    """A verdict. `facts`: reference, at, step, covered and witnesses (name, at) of a whole pack."""

    verdict: str
    problems: Sequence[Problem]
    conditions: Sequence[Condition]
    facts: Values
    code: str | None = None


class Step(NamedTuple):
    """A file of audit/. `text` is None for one from before steps named what they wrote."""

    seq: int
    name: str
    file: bytes
    text: dict[str, Any] | None
    act: Any = None


Bound = tuple[Step, dict[str, Any], str, Any, Any]  # an SMS in a step: what it says of it, in or out, whose, when


# --- Ed25519 (RFC 8032), verification only

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
_NEUTRAL: _Point = (0, 1, 1, 0)


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Return whether the owner of the key signed exactly this message."""
    if len(signature) != 64 or len(public_key) != 32:
        return False
    key, number = _point(public_key), int.from_bytes(signature[32:], "little")
    if key is None or number >= _ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    x, y, z, t = key
    minus_key = (-x % _P, y, z, -t % _P)
    return _spelled(_two_products(number, _BASE, challenge, minus_key)) == signature[:32]


def _point(spelled: bytes) -> _Point | None:
    """Return a point, or None if there is none. As OpenSSL does, take a y of p or above for what it is modulo p."""
    number = int.from_bytes(spelled, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % _P
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = above * below**3 * pow(above * below**7, (_P - 5) // 8, _P) % _P
    if (below * x * x - above) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
        if (below * x * x - above) % _P:
            return None
    if x & 1 != sign:
        x = -x % _P
    return x, y, 1, x * y % _P


def _added(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _two_products(first: int, one: _Point, second: int, other: _Point) -> _Point:
    """Return `first` times `one` plus `second` times `other`."""
    table = (_NEUTRAL, one, other, _added(one, other))
    result = _NEUTRAL
    for bit in range(255, -1, -1):
        result = _added(result, result)
        place = (first >> bit & 1) | (second >> bit & 1) << 1
        if place:
            result = _added(result, table[place])
    return result


def _spelled(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE = _point(_BASE_Y.to_bytes(32, "little")) or _NEUTRAL


# --- JSON: strict, and with duplicate keys, blanks and odd spellings refused where one spelling is right

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE = re.compile("[\ud800-\udfff]")
_MOST = 2**53 - 1  # what every reader of JSON counts without rounding


class _BadJson(Exception):
    pass


class _Json:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.is_canonical = True

    def read(self) -> Any:
        value = self._value(0)
        self._skip()
        if self._at != len(self._text):
            raise _BadJson
        return value

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _BadJson
        self._skip()
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._array(depth)
        if first == '"':
            return self._string()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        return self._number()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        before = None
        for _ in self._members("}"):
            name = self._string()
            if name in found:
                raise _BadJson
            self.is_canonical &= (before is None or before < name) and name.isascii()
            before = name
            self._skip()
            self._take(":")
            found[name] = self._value(depth + 1)
        return found

    def _array(self, depth: int) -> list[Any]:
        return [self._value(depth + 1) for _ in self._members("]")]

    def _members(self, end: str) -> Iterator[None]:
        self._at += 1
        self._skip()
        if self._text.startswith(end, self._at):
            self._at += 1
            return
        while True:
            self._skip()
            yield None
            self._skip()
            if self._text.startswith(end, self._at):
                self._at += 1
                return
            self._take(",")

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if not found:
            raise _BadJson
        self._at = found.end()
        value: str = json.loads(found[0])
        if _LONE.search(value):
            raise _BadJson
        self.is_canonical &= json.dumps(value, ensure_ascii=False) == found[0]
        return value

    def _number(self) -> Any:
        found = _NUMBER.match(self._text, self._at)
        if not found or len(found[0]) > 40:
            raise _BadJson
        self._at = found.end()
        is_whole = not found[1] and not found[2]
        value = int(found[0]) if is_whole else float(found[0])
        if found[0] == "-0" or not math.isfinite(value) or abs(value) > _MOST:
            raise _BadJson
        return value

    def _skip(self) -> None:
        end = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
        self.is_canonical &= end == self._at
        self._at = end

    def _take(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise _BadJson
        self._at += 1


def read_json(name: str, raw: bytes, kind: type, *, canonical: bool = True) -> Any:
    """Return what a file says: an object or a list, as `kind` is dict or list. Raise Broken."""
    if len(raw) > MAX_JSON_BYTES:
        raise Broken(name, "too_large", most=MAX_JSON_BYTES)
    try:
        reader = _Json(raw.decode())
        value = reader.read()
    except (_BadJson, UnicodeDecodeError):
        raise Broken(name, "json_form") from None
    if not isinstance(value, kind):
        raise Broken(name, "json_form")
    if canonical and not reader.is_canonical:
        raise Broken(name, "json_spelling")
    return value


# --- the files of a zip or a folder

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\U0010ffff\\:*?"<>|]')


def read_pack(path: Path) -> Files:
    """Return the files by their names in the pack's folder. Raise Broken or NotAPack."""
    try:
        if path.is_dir():
            return _folder_files(path)
        if not path.is_file():
            raise NotAPack("cannot_read")
        if path.stat().st_size > MAX_BYTES:
            raise NotAPack("zip_form")
        packed = read_zip(path.read_bytes())
    except (OSError, ValueError):
        raise NotAPack("cannot_read") from None
    return _inside_folder(packed)


def read_zip(raw: bytes) -> Files:
    """Return the files of a zip by their full names. Raise Broken or NotAPack.

    Only what any program unpacks in the same way is taken: no two names for a file, no file over another.
    """
    at = raw.rfind(b"PK\x05\x06", max(0, len(raw) - 65_557))
    if at < 0 or len(raw) - at < _END.size:
        raise NotAPack("no_zip")
    _, disk, first_disk, here, count, size, begin, comment = _END.unpack_from(raw, at)
    if (disk, first_disk, here) != (0, 0, count) or begin + size != at or at + _END.size + comment != len(raw):
        raise NotAPack("zip_form")
    if count > MAX_FILES:
        raise Broken("zip", "too_many", most=MAX_FILES)
    files: Files = {}
    spans: list[tuple[int, int, str]] = []
    names: dict[str, str] = {}
    place, total = begin, 0
    for _ in range(count):
        if place + _CENTRAL.size > at:
            raise NotAPack("zip_form")
        (magic, made_by, _, flags, method, _, _, crc, packed, unpacked, name_size, extra, remark, _, _, mode,
         offset) = _CENTRAL.unpack_from(raw, place)  # fmt: skip
        name_raw = raw[place + _CENTRAL.size : place + _CENTRAL.size + name_size]
        place += _CENTRAL.size + name_size + extra + remark
        if magic != b"PK\x01\x02" or place > at:
            raise NotAPack("zip_form")
        name = safe_name(name_raw)
        _take_name(names, name.rstrip("/"))
        if made_by >> 8 == 3 and stat.S_IFMT(mode >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Broken(name, "no_plain_file")
        total += unpacked
        if total > MAX_BYTES:
            raise Broken(name, "too_large", most=MAX_BYTES)
        if flags & 0x2041 or method not in (0, 8) or (method == 0 and packed != unpacked):
            raise Broken(name, "zip_packed")
        start = _start_of(raw, offset, name_raw, name, begin)
        if start + packed > begin:
            raise Broken(name, "zip_packed")
        spans.append((offset, start + packed, name))
        content = raw[start : start + packed]
        if method == 8:
            content = _inflated(name, content, unpacked)
        if zlib.crc32(content) != crc:
            raise Broken(name, "zip_packed")
        if name.endswith("/"):
            if content:
                raise Broken(name, "name_unsafe")
        else:
            files[name] = content
    if place != at:
        raise NotAPack("zip_form")
    spans.sort()
    for (_, end, _), (following, _, name) in zip(spans, spans[1:]):
        if following < end:
            raise Broken(name, "zip_packed")
    return files


def _start_of(raw: bytes, offset: int, name_raw: bytes, name: str, begin: int) -> int:
    """Return where the content of a file begins."""
    if offset + _LOCAL.size > begin:
        raise Broken(name, "zip_packed")
    head = _LOCAL.unpack_from(raw, offset)
    named = raw[offset + _LOCAL.size : offset + _LOCAL.size + head[9]]
    if head[0] != b"PK\x03\x04":
        raise Broken(name, "zip_packed")
    if named != name_raw:
        raise Broken(name, "zip_names")
    return int(offset + _LOCAL.size + head[9] + head[10])


def _inflated(name: str, packed: bytes, size: int) -> bytes:
    reader = zlib.decompressobj(-15)
    try:
        content = reader.decompress(packed, size + 1)
    except zlib.error:
        raise Broken(name, "zip_packed") from None
    if not reader.eof or len(content) != size or reader.unused_data:
        raise Broken(name, "zip_packed")
    return content


def safe_name(raw: bytes) -> str:
    """Return a name that stays in its folder and is the same on every machine. Raise Broken."""
    name = raw.decode("latin-1")
    parts = (name[:-1] if name.endswith("/") else name).split("/")
    if len(name) > 255 or _UNSAFE.search(name) or any(part.strip(" ") in ("", ".", "..") for part in parts):
        raise Broken(name, "name_unsafe")
    return name


def _take_name(names: dict[str, str], name: str) -> None:
    """Note a name; another in other letters, or a file that is a folder too, would be one place on some machines."""
    if name.lower() in names:
        raise Broken(name, "name_doubled")
    names[name.lower()] = name


def _inside_folder(packed: Files) -> Files:
    """Return the files of the one folder that the zip has; without that folder for a zip of the files alone."""
    if SUMS in packed or not packed:
        return packed
    folders = [name.partition("/")[0] for name in packed if name.partition("/")[2] == SUMS]
    if len(folders) != 1:
        raise NotAPack("no_list")
    folder = folders[0] + "/"
    for name in packed:
        if not name.startswith(folder):
            raise Broken(name, "stranger")
    return {name[len(folder) :]: content for name, content in packed.items()}


def _folder_files(path: Path) -> Files:
    if not (path / SUMS).exists():
        inner = [each for each in path.iterdir() if (each / SUMS).exists()]
        if len(inner) != 1:
            raise NotAPack("no_list")
        path = inner[0]
    files: Files = {}
    total = 0
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            file = Path(folder) / name
            shown = safe_name(os.fsencode(file.relative_to(path).as_posix()))
            mode = file.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise Broken(shown, "no_plain_file")
            total += file.lstat().st_size
            if total > MAX_BYTES:
                raise Broken(shown, "too_large", most=MAX_BYTES)
            if len(files) >= MAX_FILES:
                raise Broken(shown, "too_many", most=MAX_FILES)
            files[shown] = file.read_bytes()
    return files


# --- notes, proofs and policies (C2SP), as bytes

_SIGNATURE_BYTES, _TIME_BYTES, _KEY_ID_BYTES = 64, 8, 4
_LOG_KEY, _WITNESS_KEY = 1, 4
_LAST_SECOND = 253_402_300_799  # of the year 9999
_DASH = "— ".encode()
_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,15}")


class NoteKey(NamedTuple):
    """A key of a log (kind 1) or a witness (kind 4), with its line in a policy."""

    name: bytes
    kind: int
    public_key: bytes
    line: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name + b"\n" + bytes([self.kind]) + self.public_key).digest()[:_KEY_ID_BYTES]


class Note(NamedTuple):
    """A checkpoint that was read; nothing in it is verified. `signatures`: name, key id, the rest."""

    text: bytes
    origin: bytes
    size: int
    root: bytes
    signatures: Sequence[tuple[bytes, bytes, bytes]]


class Group(NamedTuple):
    name: bytes
    least: int
    members: Sequence[bytes]


class Policy(NamedTuple):
    logs: Sequence[NoteKey]
    witnesses: Mapping[bytes, NoteKey]
    groups: Sequence[Group]
    quorum: bytes

    def has_quorum(self, cosigned: Iterable[bytes]) -> bool:
        met = {*cosigned, b"none"}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.least:
                met.add(group.name)
        return self.quorum in met


class _BadForm(Exception):
    pass


def text_of(raw: bytes) -> str:
    """Return a name for people; what is no UTF-8 is shown as \\xNN."""
    return raw.decode("utf-8", "backslashreplace")


def _base64(raw: bytes) -> bytes:
    """Return the bytes. Raise _BadForm unless it is their one right spelling."""
    try:
        found = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise _BadForm from None
    if base64.b64encode(found) != raw:
        raise _BadForm
    return found


def _decimal(raw: bytes) -> int:
    if not _DECIMAL.fullmatch(raw) or int(raw) > _MOST:
        raise _BadForm
    return int(raw)


def _hash(raw: bytes) -> bytes:
    found = _base64(raw)
    if len(found) != 32:
        raise _BadForm
    return found


def _check_note_name(name: bytes) -> None:
    if not name or any(byte <= 0x20 or byte in b"+\x7f" for byte in name):
        raise _BadForm


def read_key(line: bytes, kind: int) -> NoteKey:
    """Read `name+id+base64`. Raise _BadForm if it is anything else, or of another kind."""
    parts = line.split(b"+", 2)
    if len(parts) != 3:
        raise _BadForm
    name, key_id, raw = parts[0], parts[1], _base64(parts[2])
    _check_note_name(name)
    if len(raw) != 33 or raw[0] != kind:
        raise _BadForm
    key = NoteKey(name, kind, raw[1:], line)
    if key.key_id.hex().encode() != key_id:
        raise _BadForm
    return key


def read_note(raw: bytes) -> Note:
    """Read a checkpoint with its signatures. Raise _BadForm."""
    if len(raw) > 1_000_000 or re.search(rb"[\x00-\x09\x0b-\x1f]", raw):
        raise _BadForm
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise _BadForm from None
    cut = raw.rfind(b"\n\n")
    if cut < 0 or not raw.endswith(b"\n"):
        raise _BadForm
    text, lines = raw[: cut + 1], raw[cut + 2 :].split(b"\n")[:-1]
    if not 1 <= len(lines) <= 100:
        raise _BadForm
    signatures = []
    for line in lines:
        words = line[len(_DASH) :].split(b" ")
        if not line.startswith(_DASH) or len(words) != 2:
            raise _BadForm
        _check_note_name(words[0])
        signed = _base64(words[1])
        if len(signed) <= _KEY_ID_BYTES:
            raise _BadForm
        signatures.append((words[0], signed[:_KEY_ID_BYTES], signed[_KEY_ID_BYTES:]))
    origin, *rest = text[:-1].split(b"\n")
    if len(rest) < 2 or not origin or not all(rest):
        raise _BadForm
    return Note(text, origin, _decimal(rest[0]), _hash(rest[1]), signatures)


def verify_note(name: str, note: Note, keys: Iterable[NoteKey]) -> list[tuple[NoteKey, int | None, bytes]]:
    """Return which of `keys` signed, with the time of a cosignature and the signature; others are passed over. Raise
    Broken for a wrong signature under the name and id of one of them."""
    known = {(key.name, key.key_id): key for key in keys}
    found: list[tuple[NoteKey, int | None, bytes]] = []
    for signer, key_id, signed in note.signatures:
        key = known.get((signer, key_id))
        if key is None:
            continue
        at, message, signature = None, note.text, signed
        if key.kind == _WITNESS_KEY:
            at, signature = int.from_bytes(signed[:_TIME_BYTES], "big"), signed[_TIME_BYTES:]
            message = b"cosignature/v1\ntime %d\n" % at + note.text
        if (at or 0) > _LAST_SECOND or not is_signed(message, signature, key.public_key):
            raise Broken(name, "note_signature", name=text_of(key.name))
        found.append((key, at, signature))
    return found


def read_proof(raw: bytes) -> tuple[int, Sequence[bytes], bytes]:
    """Read a c2sp.org/tlog-proof: the place of the leaf, the hashes, the note. Raise _BadForm."""
    head, blank, note = raw.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    if first != b"c2sp.org/tlog-proof@v1" or not blank:
        raise _BadForm
    if lines and lines[0].startswith(b"extra "):
        _base64(lines.pop(0)[6:])
    if not lines or not lines[0].startswith(b"index ") or len(lines) > 64:
        raise _BadForm
    return _decimal(lines[0][6:]), [_hash(line) for line in lines[1:]], note


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the hashes lead from the leaf at this place to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = hashlib.sha256(b"\x01" + step + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + step).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def read_policy(name: str, raw: bytes) -> Policy:
    """Read a policy file (c2sp.org/tlog-policy). Raise Broken, with the line."""
    logs: list[NoteKey] = []
    witnesses: dict[bytes, NoteKey] = {}
    groups: list[Group] = []
    quorums: list[bytes] = []
    members: list[bytes] = []
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        words = [word for word in re.split(rb"[ \t]+", line.rstrip(b"\r")) if word]
        names = {*witnesses, *(group.name for group in groups), b"none"}
        try:
            if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line.rstrip(b"\r")):
                raise _BadForm
            if not words or words[0].startswith(b"#"):
                continue
            if words[0] == b"log" and len(words) in (2, 3):
                logs.append(_new_key(words[1], _LOG_KEY, logs))
            elif words[0] == b"witness" and len(words) in (3, 4) and words[1] not in names:
                witnesses[words[1]] = _new_key(words[2], _WITNESS_KEY, list(witnesses.values()))
            elif words[0] == b"group" and len(words) > 3 and words[1] not in names:
                inner = words[3:]
                if any(each not in names or each == b"none" or each in members for each in inner):
                    raise _BadForm
                if len(set(inner)) != len(inner):
                    raise _BadForm
                groups.append(Group(words[1], _least(words[2], len(inner)), inner))
                members += inner
            elif words[0] == b"quorum" and len(words) == 2 and words[1] in names and not quorums:
                quorums.append(words[1])
            else:
                raise _BadForm
        except _BadForm:
            raise Broken(name, "policy_form", line=number) from None
    if not quorums:
        raise Broken(name, "policy_form", line=len(lines))
    return Policy(logs, witnesses, groups, quorums[0])


def _new_key(line: bytes, kind: int, others: Sequence[NoteKey]) -> NoteKey:
    key = read_key(line, kind)
    if any(other.public_key == key.public_key for other in others):
        raise _BadForm
    return key


def _least(word: bytes, members: int) -> int:
    least = (
        members
        if word == b"all"
        else 1
        if word == b"any"
        else int(word)
        if re.fullmatch(rb"[1-9][0-9]{0,4}", word)
        else 0
    )
    if not 1 <= least <= members:
        raise _BadForm
    return least


# --- the short code

_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"


def short_code(form: bytes) -> str | None:
    """Return the twelve letters of a contract.json (64 MiB, 0.3 s); None where scrypt is missing."""
    try:
        key = hashlib.scrypt(form, salt=b"voicepact-code/1", n=1 << 16, r=8, p=1, maxmem=140_000_000, dklen=24)
    except (AttributeError, ValueError, MemoryError):
        return None
    letters = "".join(_LETTERS[int.from_bytes(key[at : at + 2], "big") % 20] for at in range(0, 24, 2))
    return " ".join(letters[at : at + 4] for at in range(0, 12, 4))


# --- the checks, in their order

_HEX = re.compile(r"[0-9a-f]{64}")
_KEY_FILE = re.compile(r"keys/([0-9a-f]{16})\.pem")
_FORM_FILE = re.compile(r"forms/terms-([0-9]{3,})\.json")
_STEP_FILE = re.compile(r"audit/([0-9]{4,})\.entry")
_PROOF_FILE = re.compile(r"audit/([0-9]{4,})\.tlog-proof")
_ANSWER_FILE = re.compile(r"confirmations/([0-9]{3,})\.(?:json|([0-9a-f]{16})\.sig|(shown)\.json)")
_PERSON_FILE = re.compile(r"people/([0-9a-f-]{36})\.json")
_TEXT_FILE = re.compile(r"messages/[0-9]{3,}\.json")
_DISPUTE_FILE = re.compile(r"disputes/([0-9a-f-]{36})(?:\.[a-z0-9]+)?")
ANSWER_FIELDS = (
    "party", "answer", "subject", "answered_at", "channel", "details", "language", "provider", "network_code",
    "menu_version", "pin",
)  # fmt: skip
_KNOWN = re.compile(
    r"README\.txt|pack\.json|contract\.json|contract(-[a-z]{2,3})?\.pdf|certificate-[0-9A-Za-z]+\.pdf|audit\.json"
    r"|confirmations\.json|messages\.json|disputes\.json|money\.json|revoked\.json|checkpoint\.(note|txt|sig)|timestamp\.(tsr|txt|tlog-proof)"
    r"|witnesses\.txt|SHA256SUMS|SHA256SUMS\.sig"
)
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]{1,200})-----END PUBLIC KEY-----\n?")
_PEM_HEAD = bytes.fromhex("302a300506032b6570032100")  # what stands before the 32 bytes: SubjectPublicKeyInfo, Ed25519


class _Checks:
    """The checks of one pack. Each stage adds to `problems`; a stage builds on what those before it found right."""

    def __init__(self, files: Files, keys: Sequence[str], policy: Policy | None) -> None:
        self.files, self.given_keys, self.policy = files, keys, policy
        self.problems: list[Problem] = []
        self.conditions: list[Condition] = []
        self.info: dict[str, Any] = {}
        self.keys: dict[str, bytes] = {}
        self.forms: dict[str, tuple[str, dict[str, Any]]] = {}
        self.steps: list[Step] = []
        self.told: list[dict[str, Any]] = []  # of each step: at, and its actions
        self.statements: dict[str, tuple[str, dict[str, Any]]] = {}
        self.witnesses: list[tuple[str, int]] = []
        self.signers: dict[str, tuple[str, int | None]] = {}  # of each answer: the key, and the step that names it
        self.logs: Sequence[NoteKey] = policy.logs if policy else ()
        self.places: dict[int, int] = {}  # of each step that the checkpoint covers, in the log
        self.void: list[str] = []  # answers that do not count, as their key was taken back

    def run(self) -> None:
        """Raise Broken or NotAPack, or leave `problems`."""
        for stage in (
            self.list_of_files, self.about, self.public_keys, self.list_signature, self.terms, self.audit, self.answers,
            self.people, self.after_the_end, self.last_step, self.audit_list, self.money, self.texts,
            self.dispute_files, self.log, self.revoked, self.others,
        ):  # fmt: skip
            stage()
            if self.problems:
                return

    def each(self, names: Iterable[Any], check: Callable[..., None]) -> None:
        """Check one after the other, and name each that is broken."""
        for name in names:
            try:
                check(name)
            except Broken as broken:
                self.problems.append(broken.problem)

    def need(self, name: str) -> bytes:
        if name not in self.files:
            raise Broken(name, "not_there")
        return self.files[name]

    def matching(self, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
        found = [(name, pattern.fullmatch(name)) for name in sorted(self.files)]
        return [(name, match) for name, match in found if match]

    def know(self, why: str, **values: Any) -> None:
        self.conditions.append(Condition(why, values))

    # 1. The list names every file, and each is as listed.

    def list_of_files(self) -> None:
        if SUMS not in self.files:
            raise NotAPack("no_list")
        listed = self.listed(self.files[SUMS])
        for name in sorted({*listed, *self.files} - {SUMS, SUMS_SIGNATURE}):
            if name not in listed:
                self.problems.append(Problem(name, "stranger", {}))
            elif name not in self.files:
                self.problems.append(Problem(name, "missing", {}))
            elif sha256(self.files[name]) != listed[name]:
                self.problems.append(Problem(name, "changed", {}))
        if SUMS_SIGNATURE not in self.files:
            self.problems.append(Problem(SUMS, "no_signature", {}))
        if not self.problems and "pack.json" not in listed:
            raise NotAPack("older" if OLD_README in listed else "no_list")

    def listed(self, raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        lines = raw.decode("latin-1").split("\n")
        for number, line in enumerate(lines[:-1], 1):
            digest, blanks, name = line[:64], line[64:66], line[66:]
            if not _HEX.fullmatch(digest) or blanks != "  " or name in ("", SUMS, SUMS_SIGNATURE) or name in found:
                raise Broken(SUMS, "list_form", line=number)
            safe_name(name.encode("latin-1"))
            found[name] = digest
        if lines[-1] or not found:
            raise Broken(SUMS, "list_form", line=len(lines))
        return found

    # 2. What the pack says of itself; the keys; who signed the list.

    def about(self) -> None:
        self.info = info = read_json("pack.json", self.files["pack.json"], dict)
        form = field("pack.json", info, "format", str)
        if form != FORMAT:
            if re.fullmatch(r"voicepact-pack/[0-9]{1,3}", form):
                raise NotAPack("newer", format=form)
            raise Broken("pack.json", "field", field="format")
        for name, pattern in (("reference", r"[0-9]{8}"), ("contract", r"[0-9a-f-]{36}"), ("key", r"[0-9a-f]{16}")):
            if not re.fullmatch(pattern, field("pack.json", info, name, str)):
                raise Broken("pack.json", "field", field=name)
        for name in ("status", "since", "ask", "software"):
            field("pack.json", info, name, str)
        for name in ("terms_version", "version", "covered"):
            if field("pack.json", info, name, int) < 0:
                raise Broken("pack.json", "field", field=name)
        last = field("pack.json", info, "last_step", dict)
        for name, kind in (("seq", int), ("at", str), ("action", str)):
            field("pack.json", last, name, kind)
        moment("pack.json", last["at"], "last_step")
        if info.get("timestamp") is not None:
            field("pack.json", field("pack.json", info, "timestamp", dict), "covered", int)
        if info.get("log") is not None:
            log = field("pack.json", info, "log", dict)
            for name, kind in (("origin", str), ("key", str), ("size", int)):
                field("pack.json", log, name, kind)
        for each in field("pack.json", info, "witnesses", list):
            if not isinstance(each, dict):
                raise Broken("pack.json", "field", field="witnesses")
            field("pack.json", each, "name", str)
            field("pack.json", each, "at", str)

    def public_keys(self) -> None:
        self.each((name for name in sorted(self.files) if name.startswith("keys/")), self.public_key)

    def public_key(self, name: str) -> None:
        found = _KEY_FILE.fullmatch(name)
        pem = _PEM.fullmatch(self.files[name].decode("latin-1"))
        if not found or not pem:
            raise Broken(name, "key_form")
        try:
            raw = base64.b64decode(pem[1].replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            raise Broken(name, "key_form") from None
        if len(raw) != 44 or not raw.startswith(_PEM_HEAD):
            raise Broken(name, "key_form")
        key = raw[len(_PEM_HEAD) :]
        if sha256(key)[:16] != found[1]:
            raise Broken(name, "key_name", key=sha256(key)[:16])
        self.keys[found[1]] = key

    def signed(self, file: str, signature: str, key_id: str, why: str) -> None:
        """Check that a believed key signed a file. Raise Broken."""
        key = self.keys.get(key_id)
        if key is None:
            raise Broken(file, "key_missing", key=key_id)
        if self.given_keys and not any(sha256(key).startswith(given) for given in self.given_keys):
            raise Broken(file, "key_not_given", key=key_id)
        if not is_signed(self.files[file], self.files[signature], key):
            raise Broken(file, why, key=key_id)

    def list_signature(self) -> None:
        key_id = self.info["key"]
        self.signed(SUMS, SUMS_SIGNATURE, key_id, "list_signature")
        self.know("later_steps", ask=self.info["ask"])
        self.know("given_keys" if self.given_keys else "pack_keys", key=letters(key_id))

    # 3. The terms, the steps, and the answers that both name.

    def terms(self) -> None:
        self.each((name for name in sorted(self.files) if name.startswith("forms/")), self.form)
        in_force = f"forms/terms-{self.info['terms_version']:03}.json"
        if self.need("contract.json") != self.need(in_force):
            raise Broken("contract.json", "not_in_force", name=in_force)

    def form(self, name: str) -> None:
        found = _FORM_FILE.fullmatch(name)
        form = read_json(name, self.files[name], dict)
        if not found or field(name, form, "terms_version", int) != int(found[1]):
            raise Broken(name, "field", field="terms_version")
        if (form.get("id"), form.get("reference")) != (self.info["contract"], self.info["reference"]):
            raise Broken(name, "other_contract")
        for party in field(name, form, "parties", list):
            check_item(name, party, "parties")
        form_format = FORM_WITH_PAYMENT if "payment" in field(name, form, "terms", dict) else FORM
        if form.get("format") != form_format:
            raise Broken(name, "field", field="format")
        self.forms[sha256(self.files[name])] = (name, form)

    def audit(self) -> None:
        found = [(int(match[1]), name) for name, match in self.matching(_STEP_FILE)]
        if not found:
            raise Broken("audit/0001.entry", "no_steps")
        before = hashlib.sha256(self.info["contract"].encode()).digest()
        for place, (seq, name) in enumerate(sorted(found), 1):
            if seq != place:
                raise Broken(f"audit/{place:04}.entry", "gap", step=place)
            file = self.files[name]
            if file[:32] != before:
                raise Broken(name, "follows")
            before = hashlib.sha256(file).digest()
            self.step(seq, name, file)
        self.written_once()

    def step(self, seq: int, name: str, file: bytes) -> None:
        text = read_json(name, file[32:], dict, canonical=False)
        contract = self.info["contract"]
        if text.get("format") == ENTRY:
            read_json(name, file[32:], dict)
            actions = field(name, text, "actions", list)
            if text.get("chain") != contract or not actions or not all(isinstance(each, dict) for each in actions):
                raise Broken(name, "entry_form")
            check_entry(name, text)
            self.steps.append(Step(seq, name, file, text, text["act"]))
        else:
            is_old = "format" not in text and same([text.get("chain_id"), text.get("seq")], [contract, seq])
            if not is_old or any(step.text for step in self.steps):
                raise Broken(name, "entry_form")
            actions = [{"action": text.get("action"), "actor": text.get("actor_id"), "details": text.get("details"),
                        "channel": text.get("channel")}]  # fmt: skip
            self.steps.append(Step(seq, name, file, None, text.get("act_id")))
        for each in actions:
            field(name, each, "action", str)
            field(name, each, "details", dict)
        moment(name, field(name, text, "at", str), "at")
        self.told.append({"at": text["at"], "actions": actions})

    def written_once(self) -> None:
        """No step writes anew what one before it wrote: else texts and files could be exchanged later."""
        seen: set[tuple[str, str]] = set()
        is_whole = False
        for step, told in zip(self.steps, self.told):
            if step.text is None:
                continue
            anew = [each for each in written_by(step.name, step.text) if each in seen]
            if "bound" in step.text and is_whole:
                anew.append(("act", step.text["act"]))
            if anew:
                raise Broken(step.name, "written_anew", id=anew[0][1])
            if "bound" in step.text:
                seen = {each for each in seen if each[0] == "act"}
                for table in ("sms_logs", "dispute_files", "contract_parties", "contract_forms"):
                    seen |= {(table, key) for key in step.text["bound"].get(table, {})}
            seen.update(written_by(step.name, step.text))
            is_whole |= "bound" in step.text or any(each["action"] == "contract.made" for each in told["actions"])

    @property
    def older_steps(self) -> int:
        return sum(step.text is None for step in self.steps)

    def texts_of_steps(self) -> Iterator[tuple[Step, dict[str, Any]]]:
        for step in self.steps:
            if step.text is not None:
                yield step, step.text

    def bound_rows(self, table: str) -> Iterator[tuple[Step, str, dict[str, Any]]]:
        """Give the rows of a table that an entry bound late, for a contract from before entries bound their own."""
        for step, text in self.texts_of_steps():
            for key, row in text.get("bound", {}).get(table, {}).items():
                yield step, key, row

    @property
    def is_bound(self) -> bool:
        """Whether each word, form and text must be named by a step."""
        return not self.older_steps or any("bound" in text for _, text in self.texts_of_steps())

    def actions(self, action: str) -> Iterator[tuple[Step, dict[str, Any]]]:
        """Give the details of each such action."""
        for step, told in zip(self.steps, self.told):
            for each in told["actions"]:
                if each["action"] == action:
                    yield step, each["details"]

    def answers(self) -> None:
        numbers: dict[str, list[str]] = {}
        for name in sorted(self.files):
            if name.startswith("confirmations/"):
                found = _ANSWER_FILE.fullmatch(name)
                if not found:
                    raise Broken(name, "no_statement")
                numbers.setdefault(found[1], []).append(name)
        named: dict[str, list[Step]] = {}
        for step, text in self.texts_of_steps():
            if "statement" in text:
                named.setdefault(text["statement"], []).append(step)
        rows = [(step, key, row) for step, key, row in self.bound_rows("confirmations") if "statement" in row]
        late = {field(step.name, row, "statement", str): (step, key) for step, key, row in rows}
        self.each(numbers.items(), lambda item: self.answer(item[0], item[1], named, late))
        for digest, step in [
            *((each, steps[0]) for each, steps in named.items()),
            *((each, late[each][0]) for each in late),
        ]:
            if digest not in self.statements and not self.problems:
                self.problems.append(Problem(step.name, "answer_gone", {}))
        for step, text in self.texts_of_steps():
            if "bound" in text:
                self.know("bound_later", step=step.seq, at=text["at"][:10])
        if not self.is_bound:
            self.know("older_steps", n=self.older_steps)
        if not self.problems:
            self.answer_list()
            self.forms_named()
        missing = [number for number in sorted(numbers) if f"confirmations/{number}.shown.json" not in self.files]
        if missing and not self.problems:
            self.each(missing, self.shown_erased)
            self.know("missing_shown", n=len(missing))

    def erased(self) -> tuple[set[str], set[str]]:
        """Return the ids of the persons and of the texts that steps say were erased."""
        told = list(self.actions("record.erased"))
        people = {field(step.name, each, "person", str) for step, each in told}
        return people, {str(text) for step, each in told for text in field(step.name, each, "texts", list)}

    def shown_erased(self, number: str) -> None:
        """Steps say what was erased, but for contracts from before steps named what they wrote."""
        name = f"confirmations/{number}.json"
        statement = read_json(name, self.files[name], dict)
        if not self.older_steps and statement.get("confirmation") not in self.erased()[1]:
            raise Broken(name, "shown_gone")

    def answer(
        self, number: str, names: Sequence[str], named: Mapping[str, Sequence[Step]],
        late: Mapping[str, tuple[Step, str]],
    ) -> None:  # fmt: skip
        name, shown_name = f"confirmations/{number}.json", f"confirmations/{number}.shown.json"
        signatures = [each for each in names if each.endswith(".sig")]
        if name not in names:
            raise Broken(names[0], "no_statement")
        if not signatures:
            raise Broken(name, "no_signature")
        if len(signatures) > 1:
            raise Broken(signatures[1], "no_statement")
        key_id = signatures[0].split(".")[1]
        self.signed(name, signatures[0], key_id, "signature")
        statement = read_json(name, self.files[name], dict)
        contract = field(name, statement, "contract", dict)
        if contract.get("id") != self.info["contract"]:
            raise Broken(name, "other_contract")
        if field(name, contract, "sha256", str) not in self.forms:
            raise Broken(name, "no_form")
        if shown_name in self.files:
            if sha256(self.files[shown_name]) != statement.get("shown"):
                raise Broken(shown_name, "shown", name=name)
            field(shown_name, read_json(shown_name, self.files[shown_name], dict), "texts", list)
        digest = sha256(self.files[name])
        if digest in self.statements:
            raise Broken(name, "named_twice")
        self.statements[digest] = (name, statement)
        steps = named.get(digest, ())
        if len(steps) > 1:
            raise Broken(name, "named_twice")
        if not steps and digest not in late and self.is_bound:
            raise Broken(name, "not_named")
        if digest in late and late[digest][1] != statement.get("confirmation"):
            raise Broken(late[digest][0].name, "answer_differs", name=name)
        acts = [step.seq for step in self.steps if step.act == statement.get("confirmation")]
        self.signers[name] = (key_id, acts[0] if acts else None)
        for step in steps:
            self.same_answer(step, key_id, name, statement)

    def same_answer(self, step: Step, key_id: str, name: str, statement: Mapping[str, Any]) -> None:
        text = step.text or {}
        told = [text.get("key"), text.get("files", {}).get("shown"), text.get("act"), text.get("at")]
        answer = [key_id, statement.get("shown"), statement.get("confirmation"), statement.get("answered_at")]
        if not same(told, answer):
            raise Broken(step.name, "answer_differs", name=name)

    def answer_list(self) -> None:
        """The readable list says of each answer what was signed."""
        name, by_name = "confirmations.json", dict(self.statements.values())
        listed = 0
        for place, item in enumerate(read_json(name, self.need(name), list, canonical=False), 1):
            if not isinstance(item, dict):
                raise Broken(name, "list_differs", n=place, name="confirmations/")
            file = item.get("statement")
            if file is None:
                if not self.older_steps:
                    raise Broken(name, "list_differs", n=place, name="confirmations/")
                continue
            statement = by_name.get(file) if isinstance(file, str) else None
            if statement is None:
                raise Broken(name, "list_differs", n=place, name="confirmations/")
            listed += 1
            should = {each: statement.get(each) for each in ANSWER_FIELDS}
            should |= {"terms_version": statement.get("number"), "contract_version": statement.get("version"),
                       "messages": statement.get("messages", []), "signed_with": self.signers[file][0]}  # fmt: skip
            if any(told in item and not same(item[told], value) for told, value in should.items()):
                raise Broken(name, "list_differs", n=place, name=file)
        if listed != len(by_name):
            raise Broken(name, "list_count")

    def forms_named(self) -> None:
        """Each version of the terms is in a step, or in an answer."""
        named = {field(name, statement, "contract", dict)["sha256"] for name, statement in self.statements.values()}
        for _, text in self.texts_of_steps():
            named |= {str(text.get("files", {}).get("form")), str(text.get("after", {}).get("form"))}
        named |= {key for _, key, _ in self.bound_rows("contract_forms")}
        for digest, (name, _) in self.forms.items():
            if digest not in named and self.is_bound:
                raise Broken(name, "form_unnamed")

    # 4. The people.

    def people(self) -> None:
        pairs = set()
        for _, form in self.forms.values():
            pairs |= {(party["id"], party.get("person")) for party in form["parties"]}
        for _, text in self.texts_of_steps():
            pairs |= {(party["id"], party.get("person")) for party in text.get("parties", ())}
        pairs |= {(key, row.get("person")) for _, key, row in self.bound_rows("contract_parties")}
        self.each(
            (name for name in sorted(self.files) if name.startswith("people/")), lambda name: self.person(name, pairs)
        )
        in_force = self.forms[sha256(self.files["contract.json"])][1]
        gone = [each for each in in_force["parties"] if f"people/{each['id']}.json" not in self.files]
        for each in gone:
            if each.get("person") and not self.older_steps and each["id"] not in self.erased()[0]:
                raise Broken("contract.json", "person_gone", id=each["id"])
        if gone:
            self.know("erased_people", n=len(gone))

    def person(self, name: str, pairs: set[tuple[str, Any]]) -> None:
        found = _PERSON_FILE.fullmatch(name)
        if not found or (found[1], sha256(self.files[name])) not in pairs:
            raise Broken(name, "person")
        read_json(name, self.files[name], dict)

    # 5. What the pack says of itself follows from its steps.

    def after_the_end(self) -> None:
        """A contract that is over stays as it is. Only its money may go on, by steps that are about nothing else."""
        before: dict[str, Any] = {}
        for step, text in self.texts_of_steps():
            after = text.get("after", before)
            if before.get("status") in ENDS:
                is_money = all(each["action"].startswith("money.") for each in text["actions"])
                changed = [name for name in OF_AN_END if not same(after.get(name), before.get(name))]
                if not same(after.get("version"), before["version"] + (is_money and "after" in text)):
                    changed.append("version")
                if changed or ("money" in text and not is_money):
                    raise Broken(step.name, "over", field=changed[0] if changed else "actions")
            if "after" in text:
                for name, kind in (("status", str), ("version", int)):
                    field(step.name, after, name, kind)
                before = after

    def last_step(self) -> None:
        last, told, claimed = self.steps[-1], self.told[-1], self.info["last_step"]
        if (claimed["seq"], claimed["at"]) != (last.seq, told["at"]):
            raise Broken("pack.json", "last_step", field="last_step", name=last.name)
        if claimed["action"] not in [each["action"] for each in told["actions"]]:
            raise Broken("pack.json", "last_step", field="last_step", name=last.name)
        after = [(step, row) for step, _, row in self.bound_rows("contracts")]
        after += [(step, text["after"]) for step, text in self.texts_of_steps() if "after" in text]
        after.sort(key=lambda pair: pair[0].seq)
        for name in ("status", "version", "terms_version") if after else ():
            if not same(after[-1][1].get(name), self.info[name]):
                raise Broken("pack.json", "last_step", field=name, name=after[-1][0].name)
        if after and after[-1][1].get("form") not in (None, sha256(self.files["contract.json"])):
            raise Broken("contract.json", "last_step", field="SHA-256", name=after[-1][0].name)
        if self.info["since"] != self.since():
            raise Broken("pack.json", "last_step", field="since", name=last.name)

    def since(self) -> str:
        """Return when the contract came to its status, as far back as steps say one."""
        at = None
        for step in reversed(self.steps):
            after = (step.text or {}).get("after")
            if after and after.get("status") != self.info["status"]:
                break
            at = step.text["at"] if after and step.text else at
        return str(at or self.told[-1]["at"])

    def audit_list(self) -> None:
        """The readable list says of each step what the step says."""
        name = "audit.json"
        items = read_json(name, self.need(name), list, canonical=False)
        rows = [(step, told["at"], each) for step, told in zip(self.steps, self.told) for each in told["actions"]]
        if len(items) != len(rows):
            raise Broken(name, "list_count")
        for place, (item, (step, at, action)) in enumerate(zip(items, rows), 1):
            should = {"seq": step.seq, "at": at, "action": action["action"], "party": action.get("actor"),
                      "hash": sha256(step.file)}  # fmt: skip
            if "channel" in action:
                should["channel"] = action["channel"]
            if not isinstance(item, dict) or any(not same(item.get(each), value) for each, value in should.items()):
                raise Broken(name, "list_differs", n=place, name=step.name)

    def money(self) -> None:
        """The steps add up, and the readable list says of each movement what its step says."""
        name, book = "money.json", Book()
        for step, text in self.texts_of_steps():
            if "money" in text:
                book.read(step, text)
            book.close(step, text)
        if not book.payment and name not in self.files:
            return
        items = read_json(name, self.need(name), list, canonical=False)
        if len(items) != len(book.moved):
            raise Broken(name, "list_count")
        for place, (item, (step, should)) in enumerate(zip(items, book.moved), 1):
            if not isinstance(item, dict) or any(not same(item.get(each), value) for each, value in should.items()):
                raise Broken(name, "list_differs", n=place, name=step.name)
        self.know("money", **book.sums())
        if any("rail" in (move["debit"], move["credit"]) for _, move in book.moved):
            self.know("rail_told")

    # 6. The SMS, and the files of disputes.

    def texts(self) -> None:
        bound: dict[str, Bound] = {}
        for step, text in self.texts_of_steps():
            for each in text.get("texts", ()):
                bound[each["id"]] = (step, each, "out", each.get("to"), text["at"])
            if "heard" in text:
                bound[text["heard"]["id"]] = (step, text["heard"], "in", text["heard"].get("by"), text["at"])
        for step, key, row in self.bound_rows("sms_logs"):
            bound[key] = (step, row, row.get("direction", ""), row.get("phone_id"), row.get("created_at"))
        files = {name for name in self.files if name.startswith("messages/")}
        if not bound and not files and "messages.json" not in self.files:
            return
        items = read_json("messages.json", self.need("messages.json"), list, canonical=False)
        for item in items:
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                raise Broken("messages.json", "field", field="id")
        by_id = {item["id"]: item for item in items}
        if len(by_id) != len(items):
            raise Broken("messages.json", "list_count")
        erased = self.erased()[1]
        taken: list[str] = []
        self.each(bound.items(), lambda each: self.sms(each[0], each[1], by_id.get(each[0]), erased, taken))
        for item in items:
            if item["id"] not in bound and item.get("file") is not None:
                raise Broken("messages.json", "text_unnamed")
        for name in sorted(files - set(taken)):
            if not self.problems:
                raise Broken(name, "text_unnamed")
        if len(bound) > len(taken):
            self.know("missing_texts", n=len(bound) - len(taken))
        if items:
            self.know("network_told")

    def sms(self, id_: str, bound: Bound, item: dict[str, Any] | None, erased: set[Any], taken: list[str]) -> None:
        step, told, direction, party, at = bound
        if item is None:
            raise Broken("messages.json", "text_unlisted", id=id_, step=step.seq)
        should = {"direction": direction, "party": party, "kind": told.get("kind"), "sha256": told.get("sha256"),
                  "created_at": at}  # fmt: skip
        for name, value in should.items():
            is_gone = name == "party" and item.get("file") is None and item.get(name) is None
            if not same(item.get(name), value) and not is_gone:
                raise Broken("messages.json", "text_differs", id=id_, name=step.name)
        file = item.get("file")
        if file is None:
            if item.get("no_file") not in (("erased", "old") if id_ in erased else ("old",)):
                raise Broken("messages.json", "text_gone", id=id_)
            return
        if not isinstance(file, str) or not _TEXT_FILE.fullmatch(file):
            raise Broken("messages.json", "field", field="file")
        if sha256(self.need(file)) != told.get("sha256") or file in taken:
            raise Broken(file, "text_unnamed")
        read_json(file, self.files[file], dict)
        taken.append(file)

    def dispute_files(self) -> None:
        named = {key: (step, row) for step, key, row in self.bound_rows("dispute_files")}
        named.update({field(step.name, told, "file", str): (step, told) for step, told in self.actions("dispute.file")})
        found: dict[str, str] = {}
        for name in sorted(self.files):
            if name.startswith("disputes/"):
                match = _DISPUTE_FILE.fullmatch(name)
                if not match or match[1] not in named or match[1] in found:
                    raise Broken(name, "file_unnamed")
                step, details = named[match[1]]
                if sha256(self.files[name]) != details.get("sha256"):
                    raise Broken(name, "file_changed", step=step.seq)
                found[match[1]] = name
        if named or "disputes.json" in self.files:
            self.dispute_list(named, found)
        if len(named) > len(found):
            self.know("large_files", n=len(named) - len(found))

    def dispute_list(self, named: Mapping[str, tuple[Step, dict[str, Any]]], found: Mapping[str, str]) -> None:
        name = "disputes.json"
        items = read_json(name, self.need(name), list, canonical=False)
        if len(items) != len(named):
            raise Broken(name, "list_count")
        for place, item in enumerate(items, 1):
            if not isinstance(item, dict) or not isinstance(item.get("id"), str) or item["id"] not in named:
                raise Broken(name, "list_differs", n=place, name="audit/")
            step, details = named[item["id"]]
            dispute = details.get("dispute" if "dispute" in details else "dispute_id")
            at = details.get("added_at", self.told[step.seq - 1]["at"])
            should = {"sha256": details.get("sha256"), "dispute": dispute, "added_at": at}
            if "media_type" in details:
                should["media_type"] = details["media_type"]
            if any(not same(item.get(each), value) for each, value in should.items()):
                raise Broken(name, "list_differs", n=place, name=step.name)
            if item.get("file") != found.get(item["id"]):
                raise Broken(name, "list_differs", n=place, name="disputes/")
            if item.get("file") is None and item.get("no_file") != "large":
                raise Broken(step.name, "file_gone", id=item["id"])

    # 7. The log and its witnesses.

    def log(self) -> None:
        covered, log = self.info["covered"], self.info.get("log") or {}
        proofs = {int(match[1]): name for name, match in self.matching(_PROOF_FILE)}
        if covered > len(self.steps) or (covered and not log):
            raise Broken("pack.json", "field", field="covered")
        for step, name in proofs.items():
            if step > covered:
                raise Broken(name, "proof_extra")
        if not covered:
            if self.policy:
                raise Broken("pack.json", "no_checkpoint")
            self.know("not_in_log")
            return
        try:
            logs = self.policy.logs if self.policy else [read_key(log["key"].encode(), _LOG_KEY)]
        except _BadForm:
            raise Broken("pack.json", "field", field="log.key") from None
        self.logs = logs
        note = self.note(log, logs)
        self.each(self.steps[:covered], lambda step: self.proof(step, proofs.get(step.seq), note))
        if covered < len(self.steps):
            first, last = covered + 1, len(self.steps)
            self.know("newer_step" if first == last else "newer_steps", first=first, last=last)
        if "timestamp.tsr" in self.files and not self.problems:
            self.timestamp(logs)

    def note(self, log: Mapping[str, Any], logs: Sequence[NoteKey]) -> Note:
        name = "checkpoint.note"
        try:
            note = read_note(self.need(name))
        except _BadForm:
            raise Broken(name, "note_form") from None
        policy = self.policy
        if not policy and "witnesses.txt" in self.files:
            policy = read_policy("witnesses.txt", self.files["witnesses.txt"])
        witnesses = dict(policy.witnesses) if policy else {}
        verified = verify_note(name, note, [*logs, *witnesses.values()])
        by_log = [signature for key, at, signature in verified if at is None and key.name == note.origin]
        if not by_log:
            raise Broken(name, "note_log", origin=text_of(note.origin))
        for named, value in (("origin", text_of(note.origin)), ("size", note.size)):
            if log[named] != value:
                raise Broken("pack.json", "note_differs", field=f"log.{named}")
        claimed = sorted(
            (each["name"], moment("pack.json", each["at"], "witnesses")) for each in self.info["witnesses"]
        )
        if claimed != sorted(cosigners(note)):
            raise Broken("pack.json", "note_differs", field="witnesses")
        if self.need("checkpoint.txt") != note.text:
            raise Broken("checkpoint.txt", "note_differs", field="text")
        if self.need("checkpoint.sig") not in by_log:
            raise Broken("checkpoint.sig", "note_differs", field="signature")
        self.cosigned(policy, {key.public_key: at for key, at, _ in verified if at is not None})
        return note

    def cosigned(self, policy: Policy | None, times: Mapping[bytes, int]) -> None:
        """Count the witnesses by the policy that was given, or by the pack's own."""
        found = {name: key for name, key in (policy.witnesses.items() if policy else ()) if key.public_key in times}
        self.witnesses = sorted((text_of(key.name), times[key.public_key]) for key in found.values())
        if self.policy:
            if not self.policy.has_quorum(found):
                names = ", ".join(text_of(name) for name in sorted(found))
                raise Broken("checkpoint.note", "quorum", quorum=text_of(self.policy.quorum), names=names)
            self.know("given_policy")
            return
        line = self.info["log"]["key"]
        key_id = sha256(read_key(line.encode(), _LOG_KEY).public_key)
        is_given = any(key_id.startswith(given) for given in self.given_keys)
        self.know("given_log" if is_given else "pack_log", key=letters(key_id[:16]), line=line)
        if policy and found:
            self.know("pack_witnesses", keys=", ".join(text_of(found[name].line) for name in sorted(found)))
        else:
            self.know("no_witness")
        if policy and not policy.has_quorum(found):
            self.know("few_witnesses", quorum=text_of(policy.quorum))

    def proof(self, step: Step, name: str | None, note: Note) -> None:
        if name is None:
            raise Broken(step.name, "proof_gone", step=step.seq)
        try:
            index, hashes, inner = read_proof(self.files[name])
        except _BadForm:
            raise Broken(name, "proof_form") from None
        if inner != self.files["checkpoint.note"]:
            raise Broken(name, "proof_note")
        leaf = hashlib.sha256(b"\x00" + step.file).digest()
        if not is_included(leaf, index, note.size, hashes, note.root):
            raise Broken(name, "proof_wrong", step=step.seq)
        self.places[step.seq] = index

    def timestamp(self, logs: Sequence[NoteKey]) -> None:
        """A stamp is over the text of a checkpoint of this log, which covers a step. It is not checked itself."""
        name, stamp = "timestamp.tlog-proof", self.info.get("timestamp") or {}
        try:
            index, hashes, inner = read_proof(self.need(name))
            note = read_note(inner)
        except _BadForm:
            raise Broken(name, "proof_form") from None
        verified = verify_note(name, note, logs)
        if not any(key.name == note.origin for key, _, _ in verified):
            raise Broken(name, "note_log", origin=text_of(note.origin))
        if self.need("timestamp.txt") != note.text:
            raise Broken("timestamp.txt", "note_differs", field="text")
        covered = stamp.get("covered", 0)
        if not 1 <= covered <= len(self.steps):
            raise Broken("pack.json", "field", field="timestamp")
        leaf = hashlib.sha256(b"\x00" + self.steps[covered - 1].file).digest()
        if not is_included(leaf, index, note.size, hashes, note.root):
            raise Broken(name, "proof_wrong", step=covered)
        self.know("timestamp", step=covered)

    # 8. Keys that were taken back, and what is left.

    def revoked(self) -> None:
        """A key counts before a size of the log; its answers from then on are listed, and none is left out."""
        name, told = "revoked.json", []
        if name not in self.files:
            return
        for item in read_json(name, self.files[name], list, canonical=False):
            if not isinstance(item, dict):
                raise Broken(name, "json_form")
            key_id, details = field(name, item, "key_id", str), field(name, item, "revocation", dict)
            for key in ("key", "origin", "because", "operator", "at", "signature"):
                field(name, details, key, str)
            void = [each for each in field(name, item, "void", list) if isinstance(each, str)]
            if field(name, details, "size", int) < 0 or not set(void) <= self.signers.keys():
                raise Broken(name, "field", field="void")
            self.check_revocation(name, key_id, details)
            told.append((key_id, details, void))
        self.void = sorted({each for _, _, void in told for each in void})
        for key_id, details, void in told:
            self.check_void(name, key_id, details, void)
            values = {"key": letters(key_id), "size": details["size"], "because": details["because"]}
            self.conditions.insert(0, Condition("void", {"names": ", ".join(sorted(void)), **values}) if void
                                   else Condition("revoked", values))  # fmt: skip

    def check_revocation(self, name: str, key_id: str, details: Mapping[str, Any]) -> None:
        parts = {key: details[key] for key in ("key", "origin", "size", "because", "operator", "at")}
        statement = json.dumps(
            {"format": "voicepact-key-revocation/1", **parts}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        try:
            key = _base64(details["key"].encode())
            if not re.fullmatch("([0-9a-f]{2})*", details["signature"]):
                raise _BadForm
            signature = bytes.fromhex(details["signature"])
        except _BadForm:
            raise Broken(name, "revocation", key=letters(key_id)) from None
        logs = [each.public_key for each in self.logs if is_of_one_service(text_of(each.name), details["origin"])]
        is_known = not self.logs or any(is_signed(statement, signature, each) for each in logs)
        if sha256(key)[:16] != key_id or not is_known:
            raise Broken(name, "revocation", key=letters(key_id))

    def check_void(self, name: str, key_id: str, details: Mapping[str, Any], void: Sequence[str]) -> None:
        log = self.info.get("log") or {}
        for answer, (signer, step) in self.signers.items():
            if signer != key_id and answer in void:
                raise Broken(name, "void_counts", name=answer)
            if signer != key_id or log.get("origin") != details["origin"]:
                continue
            place = self.places.get(step or 0)
            is_void = (log["size"] if place is None else place) >= details["size"]
            if answer in void and not is_void:
                raise Broken(name, "void_counts", name=answer)
            if is_void and answer not in self.void:
                raise Broken(name, "not_void", name=answer)

    def others(self) -> None:
        known = (
            _KEY_FILE,
            _FORM_FILE,
            _STEP_FILE,
            _PROOF_FILE,
            _ANSWER_FILE,
            _PERSON_FILE,
            _TEXT_FILE,
            _DISPUTE_FILE,
            _KNOWN,
        )
        unknown = [name for name in sorted(self.files) if not any(each.fullmatch(name) for each in known)]
        if unknown:
            self.know("unknown_files", names=", ".join(unknown[:MAX_NAMED]))
        if any(name.startswith("contract") and name.endswith(".pdf") for name in self.files):
            self.know("paper")
        self.know("not_shown")


class Book:
    """The money of a contract, step by step. `moved`: each movement, with its step."""

    def __init__(self) -> None:
        self.payment: dict[str, Any] = {}
        self.transfers: dict[str, dict[str, Any]] = {}
        self.sides: dict[str, int] = {}
        self.released = 0  # with the fee
        self.is_over = False
        self.moved: list[tuple[Step, dict[str, Any]]] = []
        self.posted: set[str] = set()

    def read(self, step: Step, text: Mapping[str, Any]) -> None:
        """Raise Broken if a step says what cannot be: nothing leaves an account that was not in it."""
        name, money = step.name, field(step.name, text, "money", dict)
        if "payment" in money:
            self.read_payment(name, field(name, money, "payment", dict))
        for each in parts_of(name, money, "transfers"):
            id_, amount = field(name, each, "id", str), field(name, each, "amount_minor", int)
            if id_ in self.transfers or amount <= 0:
                raise Broken(name, "money_wrong", id=id_)
            is_fixed = field(name, each, "kind", str) != "prompt"
            status = "done" if "receipt" in each else "open"
            self.transfers[id_] = {"kind": each["kind"], "status": status, "amount": amount if is_fixed else None}
        ended = {}
        for each in parts_of(name, money, "ended"):
            ended[field(name, each, "id", str)] = each
            self.end(name, each)
        postings = parts_of(name, money, "postings")
        for each in postings:
            self.post(step, text, each, ended)
        for each in postings:
            if self.sides.get(each["debit"], 0) < 0 and each["debit"] != "rail":
                raise Broken(name, "money_wrong", id=each["id"])

    def close(self, step: Step, text: Mapping[str, Any]) -> None:
        """Raise Broken if the contract is over and its payment is not, or the other way round; or if what came is not
        all released, sent back or a fee by then."""
        self.is_over = text["after"].get("status") in ENDS if "after" in text else self.is_over
        status = self.payment.get("status")
        if not self.payment or not (self.is_over or status in PAYMENT_ENDS):
            return
        if not self.is_over or status not in PAYMENT_ENDS or (status == "RELEASED") != (self.released > 0):
            raise Broken(step.name, "money_wrong", id=self.payment["id"])
        if left := self.sides.get("held", 0):
            raise Broken(step.name, "money_left", amount=amount_text(left, self.payment["currency"]))

    def read_payment(self, name: str, told: Mapping[str, Any]) -> None:
        for key, kind in (("id", str), ("status", str), ("currency", str), ("due_minor", int), ("fee_minor", int)):
            field(name, told, key, kind)
        before = self.payment
        is_first = not before and told["status"] == "PENDING"
        is_next = before.get("id") == told["id"] and before.get("currency") == told["currency"]
        if not is_first and not (is_next and told["status"] in PAYMENT_STEPS.get(before["status"], ())):
            raise Broken(name, "money_wrong", id=told["id"])
        self.payment = dict(told)

    def end(self, name: str, told: Mapping[str, Any]) -> None:
        """What failed may turn out to be paid; nothing else changes once it is over."""
        kind, status = field(name, told, "kind", str), field(name, told, "status", str)
        amount = field(name, told, "amount_minor", int)
        row = self.transfers.get(told["id"])
        if row is None and kind == "paybill":
            row = {"kind": kind, "status": "open", "amount": amount}
        is_same = row is not None and row["kind"] == kind and row["amount"] in (None, amount)
        if not row or not is_same or (row["status"], status) not in TRANSFER_ENDS:
            raise Broken(name, "money_wrong", id=told["id"])
        self.transfers[told["id"]] = {"kind": kind, "status": status, "amount": amount}

    def post(
        self, step: Step, text: Mapping[str, Any], told: Mapping[str, Any], ended: Mapping[str, Mapping[str, Any]]
    ) -> None:  # fmt: skip
        name, amount = step.name, field(step.name, told, "amount_minor", int)
        debit, credit = field(name, told, "debit", str), field(name, told, "credit", str)
        transfer = field(name, told, "transfer", str) if "transfer" in told else None
        done = ended.get(transfer or "", {})
        is_moved = "rail" not in (debit, credit) or (done.get("status"), done.get("amount_minor")) == ("done", amount)
        is_strange = (debit, credit) not in MOVES or ("from" in told) != (debit == "suspense")
        if field(name, told, "id", str) in self.posted or amount <= 0 or not is_moved or is_strange or not self.payment:
            raise Broken(name, "money_wrong", id=told["id"])
        self.posted.add(told["id"])
        self.sides[credit] = self.sides.get(credit, 0) + amount
        self.released += amount if credit in ("payable", "fees") else 0
        if debit != "suspense":
            self.sides[debit] = self.sides.get(debit, 0) - amount
        rail = text.get("rail")
        self.moved.append((step, {
            "step": step.seq, "at": text["at"], "posting": told["id"], "debit": debit, "credit": credit,
            "amount_minor": amount, "currency": self.payment["currency"], "transfer": transfer,
            "receipt": done.get("receipt"), "rail": rail.get("name") if done and isinstance(rail, dict) else None,
        }))  # fmt: skip

    def sums(self) -> Values:
        def moved(debits: Iterable[str], credit: str) -> int:
            found = (move for _, move in self.moved if move["debit"] in debits and move["credit"] == credit)
            return sum(move["amount_minor"] for move in found)

        sums = {
            "came": moved(("rail", "suspense"), "held"), "paid": moved(("payable",), "rail"),
            "back": moved(("refundable",), "rail"), "fees": self.sides.get("fees", 0),
            "waits": sum(self.sides.get(account, 0) for account in ("held", "payable", "refundable")),
        }  # fmt: skip
        return {name: amount_text(minor, self.payment.get("currency", "")) for name, minor in sums.items()}


ENDS = ("COMPLETED", "CANCELLED", "EXPIRED")  # of a contract
OF_AN_END = ("status", "terms_version", "form", "total_minor", "currency", "delivered_at", "settled")
MOVES = {
    ("rail", "held"), ("suspense", "held"), ("held", "payable"), ("held", "fees"), ("held", "refundable"),
    ("payable", "rail"), ("refundable", "rail"),
}  # fmt: skip
TRANSFER_ENDS = {("open", "done"), ("open", "failed"), ("failed", "done")}
PAYMENT_STEPS: Mapping[str, Sequence[str]] = {
    "PENDING": ("PENDING", "LOCKED", "FAILED", "RELEASED"), "LOCKED": ("LOCKED", "RELEASED", "REFUNDED", "FAILED"),
}  # fmt: skip
PAYMENT_ENDS = ("RELEASED", "REFUNDED", "FAILED")
WITHOUT_CENTS = {"UGX", "RWF", "XOF"}


def amount_text(minor: int, currency: str) -> str:
    """Return an amount as people read it: `KES 3,500.00`."""
    whole, cents = (minor, "") if currency in WITHOUT_CENTS else (minor // 100, f".{minor % 100:02}")
    return f"{currency} {whole:,}{cents}"


def parts_of(name: str, told: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a list of objects. Raise Broken."""
    parts: list[dict[str, Any]] = field(name, told, key, list) if key in told else []
    if not all(isinstance(each, dict) for each in parts):
        raise Broken(name, "field", field=key)
    return parts


def is_of_one_service(name: str, origin: str) -> bool:
    """Return whether two logs have one name but for the number at the end, which a log has that was begun after another
    (`voicepact log restart`): a key that was taken back in the one is taken back in the other."""
    return name == origin or re.sub("/[0-9]+$", "", name) == re.sub("/[0-9]+$", "", origin)


def letters(key_id: str) -> str:
    """Return the id of a key as README.txt and the paper show it."""
    return " ".join(key_id[at : at + 4] for at in range(0, len(key_id), 4))


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def same(one: Any, other: Any) -> bool:
    """Return whether two values of JSON are equal; for Python alone true is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def field(name: str, told: Mapping[str, Any], key: str, kind: type) -> Any:
    """Return what a file says under `key`. Raise Broken if it is missing, or of another kind."""
    value = told.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Broken(name, "field", field=key)
    return value


def moment(name: str, text: str, key: str) -> str:
    """Return a time as people read it. Raise Broken."""
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}):[0-9]{2}(\.[0-9]+)?Z", text)
    if not found:
        raise Broken(name, "field", field=key)
    return f"{found[1]} {found[2]} UTC"


def second(at: int) -> str:
    """Return seconds since 1970 as people read them."""
    if at > _LAST_SECOND:
        return "?"
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=at)).strftime("%Y-%m-%d %H:%M UTC")


def cosigners(note: Note) -> Iterator[tuple[str, str]]:
    """Give whose cosignatures a note has, and of when, as they say; none of it is verified."""
    for name, _, signed in note.signatures:
        if len(signed) == _TIME_BYTES + _SIGNATURE_BYTES:
            yield text_of(name), second(int.from_bytes(signed[:_TIME_BYTES], "big"))


def check_entry(name: str, text: Mapping[str, Any]) -> None:
    """Check the shape of what the checks read of a step. Raise Broken."""
    for key in ("act", "at", *(("statement",) if "statement" in text else ())):
        field(name, text, key, str)
    for key in ("after", "files", "heard", "bound"):
        if key in text:
            field(name, text, key, dict)
    for rows in text.get("bound", {}).values():
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            raise Broken(name, "field", field="bound")
    for key in ("texts", "parties"):
        for each in field(name, text, key, list) if key in text else ():
            check_item(name, each, key)
    if "heard" in text:
        check_item(name, text["heard"], "heard")


def written_by(name: str, text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what a step writes and no other may, by table and id. Raise Broken."""
    yield "act", text["act"]
    for each in (*text.get("texts", ()), *([text["heard"]] if "heard" in text else ())):
        yield "sms_logs", each["id"]
    for each in text.get("parties", ()):
        if "role" in each:
            yield "contract_parties", each["id"]
    if "form" in text.get("files", {}):
        yield "contract_forms", field(name, text["files"], "form", str)
    for each in text["actions"]:
        if each["action"] == "dispute.file":
            yield "dispute_files", field(name, each["details"], "file", str)


def check_item(name: str, item: Any, key: str) -> None:
    """Check that a part of a list is an object with an id, and that its hash of a person is one. Raise Broken."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise Broken(name, "field", field=key)
    if not isinstance(item.get("person"), (str, type(None))):
        raise Broken(name, "field", field=key)


def check(
    read: Callable[[], Files], keys: Sequence[str] = (), policy: bytes | None = None, *, with_code: bool = True
) -> Report:
    """Return the verdict on the files that `read` gives. `keys`: ids of believed keys, 16 or more digits of the SHA-256
    of a key; `policy`: a policy file."""
    try:
        believed = read_policy("--policy", policy) if policy is not None else None
    except Broken as broken:
        return Report("no_pack", [broken.problem], [], {})
    try:
        checks = _Checks(read(), keys, believed)
        checks.run()
    except Broken as broken:
        return Report("broken", [broken.problem], [], {})
    except NotAPack as none:
        return Report("no_pack", [none.problem], [], {})
    except (TypeError, AttributeError, KeyError, IndexError, ValueError, RecursionError):
        return Report("broken", [Problem("", "shape", {})], [], {})
    if checks.problems:
        return Report("broken", checks.problems, [], {})
    info = checks.info
    facts = {
        "reference": info["reference"], "at": moment("pack.json", info["last_step"]["at"], "last_step"),
        "step": info["last_step"]["seq"], "covered": info["covered"],
        "witnesses": [{"name": name, "at": second(at)} for name, at in checks.witnesses], "void": checks.void,
    }  # fmt: skip
    code = short_code(checks.files["contract.json"]) if with_code else None
    return Report("whole", [], checks.conditions, facts, code)


# --- what is printed


def visible(value: Any) -> str:
    """Return a text with no letter that could move or hide what stands around it."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in str(value))


def said(why: str, lang: str, values: Mapping[str, Any]) -> str:
    shown = {name: visible(value) for name, value in values.items()}
    if "names" in shown and not shown["names"]:
        shown["names"] = TEXTS["nobody"][lang == "sw"]
    return TEXTS[why][lang == "sw"].format(**shown)


def lines_of(report: Report, lang: str) -> Iterator[str]:
    """Give the lines of a verdict, the verdict itself first."""
    word = said(report.verdict, lang, {})
    if report.verdict != "whole":
        for problem in report.problems[:MAX_NAMED]:
            file = f"{visible(problem.file)}: " if problem.file else ""
            yield f"{word}  {file}{said(problem.why, lang, problem.values)}"
        if len(report.problems) > MAX_NAMED:
            yield f"{word}  {said('more', lang, {'n': len(report.problems) - MAX_NAMED})}"
        return
    facts = report.facts
    seen = facts["witnesses"]
    names = ", ".join(f"{each['name']} ({each['at']})" for each in seen)
    why = {0: "seen_by_none", 1: "seen_by_one"}.get(len(seen), "seen_by")
    told = said(why, lang, {"n": len(seen), "names": names})
    if seen and facts["covered"] < facts["step"]:
        told = said("seen_up_to", lang, {"seen": told, "covered": facts["covered"]})
    if facts["void"]:
        told = said("but_void", lang, {"seen": told, "n": len(facts["void"])})
    yield f"{word}  " + said("headline", lang, {**facts, "seen": told})
    if report.code:
        yield "  - " + said("code", lang, {"code": report.code})
    else:
        yield "  - " + said("no_code", lang, {})
    for condition in report.conditions:
        yield "  - " + said(condition.why, lang, condition.values)


def as_json(report: Report) -> str:
    told = {
        "verdict": report.verdict,
        "problems": [{"file": each.file, "why": each.why, "values": each.values} for each in report.problems],
        "conditions": [{"why": each.why, "values": each.values} for each in report.conditions],
        "facts": report.facts, "code": report.code,
    }  # fmt: skip
    return json.dumps(told, indent=2)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description="Check an evidence pack of VoicePact.")
    parser.add_argument("pack", type=Path, help="the zip, or the folder that was in it")
    parser.add_argument("--key", action="append", default=[], metavar="KEY", help="the id of a key that you believe,"
                        " from paper or from the operator: 16 letters and digits. May be repeated")  # fmt: skip
    parser.add_argument("--policy", type=Path, help="a file that names the log and the witnesses that you believe")
    parser.add_argument("--lang", choices=("en", "sw"), help="English or Swahili alone; else both")
    parser.add_argument("--json", action="store_true", help="print the verdict for a program")
    given = parser.parse_args(arguments)
    keys = [re.sub(r"[\s:.-]", "", each).lower() for each in given.key]
    for key in keys:
        if not re.fullmatch(r"[0-9a-f]{16,64}", key):
            parser.error("--key: the id of a key has 16 or more digits, 0 to 9 and a to f")
    try:
        policy = given.policy.read_bytes() if given.policy else None
    except OSError:
        parser.error(f"--policy: {given.policy} cannot be read")
    report = check(lambda: read_pack(given.pack), keys, policy)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if given.json:
        sys.stdout.write(as_json(report) + "\n")
    else:
        for lang in (given.lang,) if given.lang else ("en", "sw"):
            sys.stdout.write("".join(f"{line}\n" for line in lines_of(report, lang)))
    if report.verdict == "whole":
        return 3 if report.facts["void"] else 0
    return 1 if report.verdict == "broken" else 2


if __name__ == "__main__":
    sys.exit(main())

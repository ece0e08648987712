"""README.txt of an evidence pack: what is in it, and how to check it with only openssl and coreutils.

The reader types the indented lines in the folder of the pack. A test types them too.
"""

from contracts.proof.short_code import grouped
from gateway.evidence.evidence_record import EvidenceRecord

_TEXT = """\
EVIDENCE OF CONTRACT {reference}

This folder holds what VoicePact keeps of one agreement between people who
used their phones: what was agreed, what each of them was shown, what they
answered, and when. You can check it yourself, without us and without a network.

WHAT LIES HERE

contract.pdf         the agreement for a person to read
contract.json        the same as it is signed: its canonical form (RFC 8785)
forms/               that form for every version of the terms; contract.json is
                     a copy of the version in force
people/              whose number and name stand behind a party's id. The form
                     has only the SHA-256 of this file. Of a person who was
                     erased it is missing, and everything else still holds
confirmations/       001.json is one word that somebody gave, as it was signed:
                     a yes or no, "delivered", "received", a problem, an appeal,
                     other words about a delivery (wrote), or (party null) what
                     an operator wrote down: for a mediator, or when silence
                     after a delivery stopped to count, and why it counts again.
                     001.KEY.sig is its Ed25519 signature by the key of that
                     name; 001.shown.json the texts its giver saw before, and
                     what they wrote themselves
confirmations.json   the list of these, and of words older than signatures
audit/               every step, in order: 32 bytes that are the SHA-256 of the
                     file before, then what happened
audit.json           the list of these
checkpoint.*         the log of the steps of all contracts, as it was signed last:
                     its name, how many steps it has, and the root of the tree
                     over them (RFC 6962); checkpoint.path leads there from a
                     step of this contract. checkpoint.note is the same as
                     witnesses get it (c2sp.org/tlog-checkpoint)
keys/                the public keys of the service, by name
SHA256SUMS           the hash of every file here, signed in SHA256SUMS.sig

HOW TO CHECK IT

You need a shell with openssl (3.0 or newer) and coreutils (8.31 or newer). Type what is
indented, in this folder. What is right says nothing, or "Signature Verified
Successfully"; what is wrong is named in a line with BROKEN or FAILED.

1. The list of files is the one we signed.

    signed() {{ openssl pkeyutl -verify -rawin -pubin -inkey "$1" -sigfile "$2" -in "$3"; }}
    sha() {{ sha256sum < "$1" | cut -c 1-64; }}
    signed keys/{key}.pem SHA256SUMS.sig SHA256SUMS ||
        echo "BROKEN: SHA256SUMS or SHA256SUMS.sig or keys/{key}.pem"

2. Every file is the one on that list.

    sha256sum --check --strict --quiet SHA256SUMS || echo "BROKEN: see above"

3. The keys are ours. A key's name is the start of its own SHA-256; ask us for
   the names by a way you trust, or see an older pack.

    for k in keys/*.pem; do
        n=$(openssl pkey -pubin -in "$k" -outform DER | tail -c 32 | sha256sum)
        [ "keys/$(echo "$n" | cut -c 1-16).pem" = "$k" ] || echo "BROKEN: $k is another key"
    done

4. Everybody's word is signed, and about this contract and these texts.

    for s in $(ls confirmations/*.sig 2> /dev/null); do
        f=${{s%%.*}}.json; k=${{s%.sig}}; k=keys/${{k##*.}}.pem; t=${{s%%.*}}.shown.json; ours=no
        signed "$k" "$s" "$f" > /dev/null || echo "BROKEN: $f or $s or $k"
        for form in forms/*.json; do grep -qF "$(sha "$form")" "$f" && ours=yes; done
        [ $ours = yes ] || echo "BROKEN: $f is about another contract"
        [ ! -e "$t" ] || grep -qF "$(sha "$t")" "$f" || echo "BROKEN: $t was not shown in $f"
    done
    cmp contract.json forms/terms-{version:03}.json || echo "BROKEN: contract.json"

5. The people are the parties of the contract.

    for p in $(ls people/*.json 2> /dev/null); do
        grep -qF "$(sha "$p")" contract.json || echo "BROKEN: $p is nobody in contract.json"
    done

6. No step was changed, added or left out: each begins with the hash of the one
   before, the first with the hash of the contract's id.

    before=$(printf %s {id} | sha256sum | cut -c 1-64)
    for e in audit/*.entry; do
        [ "$(head -c 32 "$e" | od -An -v -tx1 | tr -d ' \\n')" = "$before" ] ||
            echo "BROKEN: $e does not follow from ${{last:-the contract}}"
        before=$(sha "$e"); last=$e
    done
{checkpoint}{code}
WHAT THIS SHOWS, AND WHAT NOT

It shows that these people's phones gave these answers to these texts, as the
service wrote them down, and that none of it was changed since. Who holds the
service's private keys could sign an answer nobody gave, but could not put it
among steps that are signed already and of which you, or anybody, kept the
checkpoint. It cannot show who held the phone, nor that a word was freely given
or fair. contract.pdf is made from the rest: where they differ, the rest counts.

Without the pack, anybody can ask what became of these terms, with the contract's
number and its 12 letters, or with the file contract.json:
{verify_url}
"""

_CHECKPOINT = """
7. The steps up to {entry} are in the log that we signed.

    bytes() {{ printf %s "$1" | tr a-f A-F | basenc -d --base16; }}
    node() {{ {{ printf '\\001'; bytes "$1$2"; }} | sha256sum | cut -c 1-64; }}
    signed keys/{key}.pem checkpoint.{key}.sig checkpoint.txt > /dev/null ||
        echo "BROKEN: checkpoint.txt or checkpoint.{key}.sig"
    h=$({{ printf '\\000'; cat {entry}; }} | sha256sum | cut -c 1-64)
    while read -r side n; do
        if [ "$side" = left ]; then h=$(node $n $h); else h=$(node $h $n); fi
    done < checkpoint.path
    [ "$(bytes $h | base64)" = "$(tail -n 1 checkpoint.txt)" ] ||
        echo "BROKEN: {entry} or checkpoint.path does not lead to checkpoint.txt"
    [ "$(head -n 3 checkpoint.note | sha256sum)" = "$(sha256sum < checkpoint.txt)" ] ||
        echo "BROKEN: checkpoint.note is not about checkpoint.txt"
"""

_NO_CHECKPOINT = """
7. No checkpoint was signed since the last step; one is, every minute in which
   something happened. Ask again for a pack that has it.
"""

_CODE = """
8. The 12 letters in the SMS that all have confirmed are of this contract.json:
   {letters}. Every party got them on their own phone: compare them.

    k=$(openssl kdf -keylen 24 -kdfopt hexpass:$(od -An -v -tx1 contract.json | tr -d ' \\n') \\
        -kdfopt salt:voicepact-code/1 -kdfopt n:{cost} -kdfopt r:8 -kdfopt p:1 \\
        -kdfopt maxmem_bytes:140000000 SCRYPT | tr -d ':')
    code=
    for pair in $(printf %s "$k" | fold -w 4); do
        code=$code$(printf %s BCDFGHJKLMNPRSTVWXYZ | cut -c $((0x$pair % 20 + 1)))
    done
    [ "$code" = {code} ] || echo "BROKEN: contract.json has the letters $code"
"""


def readme(record: EvidenceRecord, key_id: str, verify_url: str, code_cost: int) -> str:
    """Return the text; its commands have the names of this pack's files and keys. `code_cost`: with which the short
    code was computed."""
    coverage = record.coverage
    checkpoint = (
        _CHECKPOINT.format(entry=f"audit/{coverage.chain_seq:04}.entry", key=coverage.key_id)
        if coverage
        else _NO_CHECKPOINT
    )
    contract = record.contract
    code = contract.code
    letters = _CODE.format(letters=grouped(code), code=code, cost=code_cost) if code else ""
    return _TEXT.format(
        reference=contract.reference, id=contract.id, version=contract.terms_version, key=key_id,
        checkpoint=checkpoint, code=letters, verify_url=verify_url,
    )  # fmt: skip

"""Policy files. The cases are those of the specification and of github.com/transparency-dev/formats, policy/."""

import base64

import pytest

from contracts.proof.log.checkpoints import Checkpoint, add_signatures, sign_checkpoint
from contracts.proof.log.keys import COSIGNATURE, ED25519, verifier_key
from contracts.proof.log.notes import BadNote, cosign_text
from contracts.proof.log.policy import BadPolicy, Group, Policy, check_checkpoint, parse_policy
from contracts.proof.log.tree import EMPTY_ROOT
from storage.signing import Signer
from tests.contracts.proof.log import known_notes as known


def signer(n: int) -> Signer:
    return Signer.from_text(base64.b64encode(bytes([n] * 32)).decode())


LOG = verifier_key("example.com/log", ED25519, signer(0).public_key).line
WITNESS = {n: verifier_key(f"w{n}.example", COSIGNATURE, signer(n).public_key).line for n in range(1, 7)}
TWO_LEVELS = f"""\
log {LOG}

witness X1 {WITNESS[1]}
witness X2 {WITNESS[2]}
witness X3 {WITNESS[3]}
group X-witnesses 2 X1 X2 X3

witness Y1 {WITNESS[4]}
witness Y2 {WITNESS[5]}
witness Y3 {WITNESS[6]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
CHECKPOINT = Checkpoint("example.com/log", 0, EMPTY_ROOT)


def policy(text: str) -> Policy:
    return parse_policy(text.encode())


def test_the_policy_of_the_specification_is_read() -> None:
    read = policy(TWO_LEVELS)
    assert [line.key.line for line in read.logs] == [LOG]
    assert [line.name for line in read.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert read.groups == (
        Group("X-witnesses", 2, ("X1", "X2", "X3")),
        Group("Y-witnesses", 1, ("Y1", "Y2", "Y3")),
        Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses")),
    )
    assert read.quorum == "X-and-Y"


@pytest.mark.parametrize(
    ("witnessed", "is_enough"),
    [
        ("X1 X2 Y1", True),
        ("X1 X2 X3 Y1 Y2 Y3", True),
        ("X2 X3 Y3", True),
        ("X1 Y1 Y2 Y3", False),
        ("X1 X2 X3", False),
        ("", False),
        ("X-and-Y-not", False),
    ],
)
def test_a_quorum_takes_as_many_as_it_says(witnessed: str, is_enough: bool) -> None:
    assert policy(TWO_LEVELS).has_quorum(witnessed.split()) is is_enough


def test_blanks_comments_and_addresses_are_read() -> None:
    read = policy(f"\n# comment\n\t # another\n\twitness \t w1  {WITNESS[1]}   https://w1.example/  \n\n  quorum\tw1")
    assert [(line.name, line.url) for line in read.witnesses] == [("w1", "https://w1.example/")]
    assert policy(f"log {LOG} https://log.example/\nquorum none\n").logs[0].url == "https://log.example/"


def test_no_quorum_is_met_by_nobody() -> None:
    assert policy("quorum none\n").has_quorum([])


def test_names_are_octets_and_may_be_words_of_the_file() -> None:
    kelvin, letter = b"K\xe2\x84\xaa\x80", b"KK\x80"
    read = parse_policy(b"witness %s %s\nquorum %s\n" % (kelvin, WITNESS[1].encode(), kelvin))
    assert read.quorum.encode(errors="surrogateescape") == kelvin
    with pytest.raises(BadPolicy, match="line 2"):
        parse_policy(b"witness %s %s\nquorum %s\n" % (kelvin, WITNESS[1].encode(), letter))
    words = policy(f"witness all {WITNESS[1]}\nwitness any {WITNESS[2]}\ngroup group 2 all any\nquorum group\n")
    assert words.has_quorum(["all", "any"])


W1 = f"witness w1 {WITNESS[1]}\n"
W2 = f"witness w2 {WITNESS[2]}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("quorum none\n\x01", "line 2: a control", id="control character"),
        pytest.param("quorum none\r\n", "line 1: a control", id="carriage return"),
        pytest.param("quorum none\n\x7f", "line 2: a control", id="delete character"),
        pytest.param("quibble w1\nquorum none\n", "'quibble' is none of", id="unknown word"),
        pytest.param(W1[:-1] + " https://w1 # comment\nquorum w1\n", "too many words", id="comment within a line"),
        pytest.param("log\nquorum none\n", "too few", id="log without a key"),
        pytest.param("log garbage\nquorum none\n", "line 1: a key is written", id="log with garbage"),
        pytest.param(f"log {known.UNKNOWN_KIND}\nquorum none\n", "only 1", id="log with an unknown type"),
        pytest.param(f"log {WITNESS[1]}\nquorum none\n", "of type 4", id="log with a witness's key"),
        pytest.param(f"log {LOG}\nlog {LOG} https://x\nquorum none\n", "stands above", id="a log twice"),
        pytest.param("witness w1\nquorum none\n", "too few", id="witness without a key"),
        pytest.param(f"witness w1 {LOG}\nquorum w1\n", "of type 1", id="witness with a log's key"),
        pytest.param(f"witness none {WITNESS[1]}\nquorum none\n", "'none' is taken", id="witness called none"),
        pytest.param(f"{W1}witness w1 {WITNESS[2]}\nquorum w1\n", "'w1' is taken", id="two of one name"),
        pytest.param(
            W1 + "witness w2 " + verifier_key("other", COSIGNATURE, signer(1).public_key).line + "\nquorum w1\n",
            "stands above", id="a witness under another name",
        ),
        pytest.param(f"{W1}group w1 any w1\nquorum w1\n", "'w1' is taken", id="group with a witness's name"),
        pytest.param(f"{W1}group g1 1\nquorum w1\n", "too few", id="group without members"),
        pytest.param(f"{W1}group none any w1\nquorum none\n", "'none' is taken", id="group called none"),
        pytest.param(f"{W1}group g1 0 w1\nquorum g1\n", "'0' of 1", id="none of the members"),
        pytest.param(f"{W1}group g1 -1 w1\nquorum g1\n", "'-1' of 1", id="less than none"),
        pytest.param(f"{W1}group g1 2 w1\nquorum g1\n", "'2' of 1", id="more than all"),
        pytest.param(f"{W1}group g1 any w2\nquorum g1\n", "'w2' stands nowhere", id="unknown member"),
        pytest.param(f"group g1 any w1\n{W1}quorum g1\n", "line 1: 'w1' stands", id="member that comes later"),
        pytest.param(f"{W1}group g1 any none w1\nquorum g1\n", "'none' stands", id="none as a member"),
        pytest.param(f"{W1}group g1 all w1 w1\nquorum g1\n", "twice", id="member twice in a group"),
        pytest.param(f"{W1}{W2}group g1 any w1 w2\ngroup g2 any w1\nquorum g1\n", "twice", id="member of two groups"),
        pytest.param(W1, "0 quorum lines", id="no quorum"),
        pytest.param(f"{W1}quorum w1\nquorum w1\n", "2 quorum lines", id="two quorums"),
        pytest.param("quorum unknown\n", "'unknown' stands", id="quorum of an unknown"),
        pytest.param(f"quorum w1\n{W1}", "line 1: 'w1' stands", id="quorum of what comes later"),
        pytest.param("quorum\n", "too few", id="quorum without a name"),
    ],
)  # fmt: skip
def test_other_policies_are_refused(text: str, why: str) -> None:
    with pytest.raises(BadPolicy, match=why):
        policy(text)


def note(*cosigners: int, checkpoint: Checkpoint = CHECKPOINT) -> bytes:
    lines = [cosign_text(checkpoint.text, f"w{n}.example", signer(n), 1_000 + n) for n in cosigners]
    return add_signatures(sign_checkpoint(checkpoint, signer(0)), lines)


def test_a_checkpoint_is_judged_by_the_policy() -> None:
    read = policy(TWO_LEVELS)
    enough = check_checkpoint(read, note(1, 3, 5))
    assert (enough.checkpoint, enough.log.line) == (CHECKPOINT, LOG)
    assert (enough.cosigned, enough.has_quorum) == ({"X1": 1_001, "X3": 1_003, "Y2": 1_005}, True)
    assert not check_checkpoint(read, note(1, 5)).has_quorum
    assert not check_checkpoint(read, note()).has_quorum


def test_the_newest_time_of_a_witness_counts() -> None:
    line = cosign_text(CHECKPOINT.text, "w1.example", signer(1), 5)
    assert check_checkpoint(policy(TWO_LEVELS), add_signatures(note(1), [line])).cosigned == {"X1": 1_001}


def test_a_checkpoint_of_no_log_of_the_policy_is_refused() -> None:
    with pytest.raises(BadNote, match=r"no log of the policy signed it as example.com/log"):
        check_checkpoint(policy(TWO_LEVELS.replace(f"log {LOG}", "")), note(1, 2, 4))
    with pytest.raises(BadNote, match="no known key"):
        check_checkpoint(policy(TWO_LEVELS), note(checkpoint=Checkpoint("example.com/other", 0, EMPTY_ROOT)))
    other = verifier_key("example.com/other", ED25519, signer(0).public_key).line
    with pytest.raises(BadNote, match="no log of the policy"):
        check_checkpoint(policy(TWO_LEVELS.replace(LOG, other)), note(1, 2, 4))
    spoilt = note(1, 2, 4).replace(b"example.com/log\n0\n", b"example.com/log\n1\n")
    with pytest.raises(BadNote, match=r"signature of example.com/log"):
        check_checkpoint(policy(TWO_LEVELS), spoilt)

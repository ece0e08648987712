"""OpenTimestamps proofs: what others write is read, and what is written is read the same."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.log.anchors import Anchor, anchors_in, promised_messages, rest_url, whole_proof
from contracts.proof.log.opentimestamps import (
    MOST_PROOF_BYTES,
    Attestation,
    BadProof,
    Proof,
    StampOperation,
    append_step,
    completed,
    ends_of,
    in_block,
    joined,
    prepend_step,
    promised,
    read_ots_file,
    read_proof,
    sha256_step,
    write_ots_file,
    write_proof,
)

TEXT = b"example.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
DIGEST = hashlib.sha256(TEXT).digest()
ALICE, BOB = (f"https://{name}.btc.calendar.opentimestamps.org" for name in ("alice", "bob"))
# A file that opentimestamps 0.4.5 (Python) wrote: alice's branch leads to a made-up block 912345, bob's is a promise.
FILE = bytes.fromhex(
    "004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401082f5bbdf2289972adddaf038d0e1f8f46ddce6babbf708"
    "03efe02cc52ec35c95ffff010000102030405060708090a0b0c0d0e0f08f104654a1020f0086d61636d61636d61ff0083dfe30d2ef90c8e2e"
    "2d68747470733a2f2f616c6963652e6274632e63616c656e6461722e6f70656e74696d657374616d70732e6f7267f146"
    + "02"
    * 70
    + "f009030303030303030303080800"
    "0588960d73d7190103d9d737f010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa080083dfe30d2ef90c8e2c2b68747470733a2f2f626f622e6274"
    "632e63616c656e6461722e6f70656e74696d657374616d70732e6f7267"
)
ROOT = bytes.fromhex("068ac5a1df1c3ad37adf0521d90bfac2c67e451caafa697f8029a2995d4105cf")
sizes = st.binary(min_size=1, max_size=40)
steps = st.just(sha256_step()) | st.builds(append_step, sizes) | st.builds(prepend_step, sizes)
attestations = (
    st.integers(0, 2**40).map(in_block) | st.text(max_size=30).map(promised)
    | st.builds(Attestation, st.just(b"\x06\x86\x9a\x0d\x73\xd7\x1b\x45"), st.binary(max_size=20))
)  # fmt: skip


def a_proof(rest: st.SearchStrategy[Proof]) -> st.SearchStrategy[Proof]:
    branches = st.lists(st.tuples(steps, rest), min_size=1, max_size=3, unique_by=lambda branch: branch[0])
    return st.builds(Proof, st.lists(attestations, max_size=2).map(tuple), branches.map(tuple))


leaves = st.lists(attestations, min_size=1, max_size=3).map(lambda found: Proof(tuple(found)))
proofs = st.recursive(leaves, a_proof, max_leaves=8)


def test_a_file_of_another_implementation_is_read_and_written_the_same() -> None:
    digest, proof = read_ots_file(FILE)
    assert digest == DIGEST
    assert anchors_in(proof, digest) == [Anchor(912345, ROOT)]
    assert Anchor(912345, ROOT).shown_root.startswith("cf05415d99a229807f69")
    assert [end.uri for end, _ in ends_of(proof, digest) if end.uri] == [ALICE, BOB]
    assert write_ots_file(digest, proof) == FILE


def test_every_bit_counts() -> None:
    """An altered file is refused, or something else is attested."""
    _, proof = read_ots_file(FILE)
    whole, ends = write_proof(proof), {*ends_of(proof, DIGEST)}
    for place in range(len(whole) * 8):
        altered = bytearray(whole)
        altered[place // 8] ^= 1 << place % 8
        try:
            assert {*ends_of(read_proof(bytes(altered)), DIGEST)} != ends, place
        except BadProof:
            continue


@given(proofs, st.binary(max_size=32))
def test_what_is_written_is_read_the_same(proof: Proof, message: bytes) -> None:
    assert read_proof(write_proof(proof)) == proof
    assert read_ots_file(write_ots_file(DIGEST, proof)) == (DIGEST, proof)
    assert {*ends_of(joined([proof]), message)} == {*ends_of(proof, message)}


@given(proofs, proofs, st.binary(max_size=32))
def test_proofs_of_one_message_join_into_one_that_has_all_ends(one: Proof, other: Proof, message: bytes) -> None:
    ends = {*ends_of(joined([one, other]), message)}
    assert ends == {*ends_of(one, message), *ends_of(other, message)}


@given(st.binary(max_size=300))
def test_bytes_that_are_no_proof_are_refused(read: bytes) -> None:
    try:
        proof = read_proof(read)
        anchors_in(proof, DIGEST)
    except BadProof:
        return
    assert read_proof(write_proof(proof)) == proof


def chain(length: int, end: bytes) -> bytes:
    return b"\x08" * length + end


END = b"\x00" + bytes.fromhex("0588960d73d71901") + b"\x01\x07"


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (b"", "breaks off"),
        (END + b"\x00", "bytes behind it"),
        (END[:-1], "breaks off"),
        (b"\xff" + END, "breaks off"),
        (b"\xff\xff" + END, "ff is not understood"),
        (b"\x67" + END, "67 is not understood"),
        (chain(256, END), "256 steps"),
        (chain(MOST_PROOF_BYTES + 1, b""), "more than 10000 bytes"),
        (b"\xf0" + b"\xff" * 9 + END, "number is too long"),
        (b"\xf0\x81\x20" + b"x" * 4097 + END, "part is too long"),
        (b"\xf0\x80\x20" + b"x" * 4096 + END, "message is too long"),
        (END[:-2] + b"\x02\x07\x07", "bytes behind it"),
        (b"\x30\x03\x02\x01\x02", "30 is not understood"),
    ],
)
def test_a_proof_that_is_not_as_it_should_be_is_refused(read: bytes, why: str) -> None:
    with pytest.raises(BadProof, match=why):
        anchors_in(read_proof(read), DIGEST)


def test_a_promise_is_completed_by_what_comes_later() -> None:
    begun = Proof((), ((append_step(b"nonce"), Proof((), ((sha256_step(), Proof((promised(ALICE),))),))),))
    (message,) = promised_messages(write_proof(begun), DIGEST)
    assert message == hashlib.sha256(DIGEST + b"nonce").digest()
    rest = Proof((), ((StampOperation(b"\x08"), Proof((in_block(7),))),))
    answers = [
        {"authority": f"{ALICE}/digest", "response": write_proof(begun)},
        {"authority": rest_url(ALICE, message), "response": write_proof(rest)},
    ]
    whole = whole_proof(answers, DIGEST)
    assert whole == completed(begun, DIGEST, {message: rest})
    assert [end.height for end, _ in ends_of(whole, DIGEST)] == [7]
    with pytest.raises(BadProof, match="not of this checkpoint"):
        whole_proof(answers, hashlib.sha256(b"another").digest())
    answers[1]["authority"] = f"{ALICE}/timestamp/xyz"
    with pytest.raises(BadProof):
        whole_proof(answers, DIGEST)

"""verify.html in a real browser, opened from its file, with the network off: it says what verify.py says."""

import base64
import hashlib
from pathlib import Path
from random import Random, randrange
from typing import Any

import orjson
from hypothesis import settings

from contracts.proof.canonical import canonical_json
from contracts.proof.short_code import grouped, short_code
from tests.browser import Page, needs_browser
from tests.gateway.audit_record import ORIGIN
from tests.verifier.alterations import altered_json, with_revocation
from tests.verifier.attacks import ATTACKS
from tests.verifier.real_packs import RealPacks, policy
from tests.verifier.two_verifiers import HTML, OURS, by_page, by_python, listed_anew, verify, zipped

pytestmark = needs_browser


async def test_both_say_the_same_of_every_attack(
    packs: RealPacks, old_packs: list[dict[str, bytes]], page: Page
) -> None:  # fmt: skip
    cases: list[tuple[str, bytes, Any, Any]] = [
        (attack.name, zipped(attack.change(packs.whole)), attack.keys, attack.policy) for attack in ATTACKS
    ]
    for name in ("unlogged", "whole", "later"):
        cases += [(name, zipped(getattr(packs, name)), *given) for given in (((), None), ((OURS.key_id,), policy()))]
    cases += [(f"old {number}", zipped(files), (), None) for number, files in enumerate(old_packs)]
    void = with_revocation(packs.whole, 9, ["confirmations/005.json"])
    cases += [("revoked", zipped(void), (), None), ("revoked", zipped(with_revocation(packs.later, 99, [])), (), None)]
    before = with_revocation(packs.whole, 3, ["confirmations/005.json"], origin=f"{ORIGIN}/2")
    cases += [("revoked in a log before", zipped(before), (), None)]
    cases += [("no policy", zipped(packs.whole), (), given) for given in (b"", b"log x\nquorum none\n", b"\xff\n")]
    differ = []
    for name, pack, keys, given in cases:
        one, other = by_python(pack, keys, given), await by_page(page, pack, keys, given)
        if one != other:
            differ.append((name, one, other))
    assert differ == []


async def test_both_say_the_same_of_any_change_under_a_list_signed_anew(
    packs: RealPacks, old_packs: list[dict[str, bytes]], page: Page
) -> None:  # fmt: skip
    for _ in range(settings().max_examples):
        seed = randrange(10**9)  # noqa: S311 - no secret
        chance = Random(seed)  # noqa: S311
        files = chance.choice([packs.whole, old_packs[1]])
        name = chance.choice(sorted(each for each in files if each.endswith((".json", ".entry", ".note", ".txt"))))
        content = files[name]
        head = 32 if name.endswith(".entry") else 0
        if name.endswith((".json", ".entry")) and chance.randrange(3):
            altered = content[:head] + canonical_json(altered_json(orjson.loads(content[head:]), chance))
        else:
            at = chance.randrange(len(content))
            altered = content[:at] + chance.choice([b"", b"\n", b"\xff", b'"', b"[", b"0"]) + content[at + 1 :]
        pack = zipped(listed_anew({**files, name: altered}))
        assert by_python(pack) == await by_page(page, pack), (seed, name, altered)


async def test_both_read_the_same_json(page: Page) -> None:
    texts = [
        b'{"a":1}', b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b' {"a":1}', b'{"a":1}\n', b"{}", b"[]", b"", b"1",
        b'{"a":"\\u0061"}', b'{"a":"\\n"}', b'{"a":"\\u000a"}', b'{"a":"\\/"}', '{"a":"é\u2028"}'.encode(),
        b'{"a":"\x7f"}', b'{"a":"\x01"}', b'{"a":01}', b'{"a":-0}', b'{"a":1.50}', b'{"a":1e5}', b'{"a":1e400}',
        b'{"a":.5}', b'{"a":NaN}',
        b'{"a":9007199254740991}', b'{"a":9007199254740992}', b'{"a":true,"b":false,"c":null}', b'{"a":tru}', b'{"a"}',
        b'{"a":1,}', b"[1,]", b'{"a":"\\ud83d\\ude00"}', b'{"a":"\\ud83d"}', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xff"}',
        '{"é":1}'.encode(), b"[" * 40 + b"]" * 40, b"[" * 42 + b"]" * 42, b'{"a":"x', b"{'a':1}", b'{"__proto__":1}',
    ]  # fmt: skip
    for text in texts:
        for canonical in (True, False):
            for kind, name in ((dict, "dict"), (list, "list")):
                try:
                    verify.read_json("x", text, kind, canonical=canonical)
                    should = "read"
                except verify.Broken as broken:
                    should = broken.problem.why
                read = f"readJson('x', raw(atob('{_base64(text)}')), '{name}', {str(canonical).lower()})"
                told = f"try {{ {read}; return 'read' }} catch (bad) {{ return bad.problem.why }}"
                found = await page.run(f"(() => {{ {told} }})()")
                assert found == should, (text, canonical, name)


async def test_its_hashes_are_those_of_python(page: Page) -> None:
    for size in (0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000):
        content = bytes(at * 7 % 256 for at in range(size))
        bytes_of = f"raw(atob('{_base64(content)}'))"
        assert await page.run(f"hash({bytes_of})") == hashlib.sha256(content).hexdigest()
        assert await page.run(f"hex(sha512({bytes_of}))") == hashlib.sha512(content).hexdigest()
    key = await page.run("scrypt(raw('password'), raw('NaCl'), 1024, 24).then(hex)")
    assert key == hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=1, dklen=24).hex()


async def test_a_person_chooses_a_pack_and_reads_the_verdict(packs: RealPacks, page: Page, tmp_path: Path) -> None:
    pack = tmp_path / "voicepact-40718353.zip"
    pack.write_bytes(zipped(packs.whole))
    await page.go(HTML.as_uri())
    await page.run("document.querySelector('[data-lang=en]').click()")
    await page.size(360, 700)
    await page.choose("#pack", pack)
    await page.wait_for("document.querySelector('#code.code')")
    text = await page.run("document.body.innerText")
    assert await page.run("document.querySelector('#verdict h2').innerText") == "WHOLE"
    for part in (
        grouped(short_code(packs.whole["contract.json"])), "as of 2026-07-01 12:00 UTC (step 9)", "seen by 2 witnesses",
        "50 bags white maize", "KES 175,000.50", "Amina", "+254711000002", "In dispute", "received a part: 12.5 bags",
        "“It rained on Amina's lorry.”", "Je, ni sawa?",
    ):  # fmt: skip
        assert part in text, part
    assert await page.run("document.documentElement.scrollWidth") == 360, "nothing hangs out at the side of a phone"
    await page.run("document.querySelector('[data-lang=sw]').click()")
    assert await page.run("document.querySelector('#verdict h2').innerText") == "NZIMA"
    assert "umeonwa na mashahidi 2" in await page.run("document.body.innerText")
    await page.run(
        "document.querySelector('#keys').value = '0123 4567 89ab cdef'; document.querySelector('#again').click()"
    )
    await page.wait_for("document.querySelector('#verdict.broken')")
    assert "ambao si kati ya uliotoa" in await page.run("document.body.innerText")
    assert page.faults == [] and {url.partition(":")[0] for url in page.requests} == {"file"}


async def test_answers_that_do_not_count_are_seen_at_once_and_an_sms_stands_after_all_that_it_answers(
    packs: RealPacks, page: Page, tmp_path: Path
) -> None:
    pack = tmp_path / "void.zip"
    pack.write_bytes(zipped(with_revocation(packs.whole, 9, ["confirmations/005.json"])))
    await page.go(HTML.as_uri())
    await page.run("document.querySelector('[data-lang=en]').click()")
    await page.choose("#pack", pack)
    await page.wait_for("document.querySelector('#verdict.doubtful')")
    assert await page.run("document.querySelector('#verdict .sign').innerText") == "!"
    assert "do not count: 1" in await page.run("document.querySelector('#doubts').innerText")
    cells = await page.run(
        "[...document.querySelectorAll('.film')].map((film) => [...film.children].map((cell) => cell.innerText))"
    )
    by_sms = [texts for texts in cells if sum("\n> " in text for text in texts) == 1 and len(texts) > 1]
    assert by_sms and all("\n> " in texts[-1] for texts in by_sms), cells


async def test_what_a_pack_says_is_text_and_no_markup(packs: RealPacks, page: Page, tmp_path: Path) -> None:
    evil = b"<img src=x onerror=alert(1)>"
    pack = tmp_path / "evil.zip"
    pack.write_bytes(
        zipped(listed_anew({**packs.whole, "pack.json": packs.whole["pack.json"].replace(b"https://", evil)}))
    )
    await page.go(HTML.as_uri())
    await page.choose("#pack", pack)
    await page.wait_for("document.querySelector('#verdict')")
    assert evil.decode() in await page.run("document.body.innerText")
    assert await page.run("document.querySelectorAll('main img, main script').length") == 0


async def test_it_may_connect_to_nothing(page: Page) -> None:
    await page.go(HTML.as_uri())
    for script in ("fetch('https://example.org/')", "fetch('data:,x')"):
        assert await page.run(f"{script}.then(() => 'sent', () => 'refused')") == "refused"
    blocked = await page.run(
        "new Promise((done) => {"
        " addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));"
        " const image = new Image(); image.src = 'https://example.org/x.png'; })"
    )
    assert blocked == "img-src"
    page.faults.clear()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

"""The twelve steps of the story. Each may be played again where it broke off: what has happened already is not done
twice, because it is looked for first."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from contracts.fields.msisdn import national
from contracts.fields.reference import references_in
from gateway.two_phones.scene import OffScriptError, Scene
from menus.translate import t
from values.frozen import Frozen

SHILLINGS, PART = 150_000, 30
_OWNS, _IS_POOR = 400_000, 2_350  # shillings in the two purses before
_FIRST_SHARE, _LAST_SHARE = "126000", "135000"  # 8 of 50 bags less, 5 of 50
GRACE_COMES_IN_STEP: Final = 10


class StoryStep(Frozen):
    """`title` in the list; `said`: what one should see, while it plays."""

    title: str
    said: str
    play: Callable[[Scene], Awaitable[None]]


async def _offers(scene: Scene) -> None:
    """A call that broke off before the PIN made nothing; one that broke off after it may have made the contract."""
    if await _find_reference(scene):
        return
    words, buyer, seller = scene.words("buyer"), scene.phones["buyer"], scene.phones["seller"]
    day = scene.now + timedelta(days=20)
    await scene.closes("buyer")
    await scene.dials("buyer")
    await scene.chooses("buyer", t("New contract"))
    await scene.chooses("buyer", t("Buyer"))
    for answer in (
        national(seller.msisdn, buyer.msisdn).replace("\u00a0", " "), words.goods, str(SHILLINGS),
        f"{words.place} {day.day}/{day.month}",
    ):  # fmt: skip
        await scene.answers("buyer", answer)
    await scene.chooses("buyer", t("VoicePact holds the money"))
    await scene.chooses("buyer", t("Confirm"))
    await scene.signs("buyer")
    if not await _find_reference(scene):
        raise OffScriptError("no contract was made yet")


async def _find_reference(scene: Scene) -> bool:
    """Look for the contract's reference on Amina's screen and in Joseph's SMS."""
    texts = [scene.phones["buyer"].screen.text] if scene.phones["buyer"].screen.ends else []
    texts += [sms.text for sms in scene.phones["seller"].sms]
    found = [reference for text in texts for reference in references_in(text)]
    scene.reference = scene.reference or (found[0] if found else "")
    return bool(scene.reference)


async def _is_asked(scene: Scene) -> None:
    await scene.reads("seller", scene.reference)
    await scene.closes("buyer")


async def _agrees(scene: Scene) -> None:
    """What Amina hears first of the contract is that all have confirmed it; Joseph hears it after the offer."""
    if not scene.has_sms("buyer", scene.reference):
        await scene.writes("seller", f"{scene.words('seller').yes} {scene.reference}")
    await scene.reads("buyer", scene.reference)
    await scene.reads("seller", scene.reference, times=2)


async def _is_to_pay(scene: Scene) -> None:
    await scene.until(lambda: scene.phones["buyer"].prompts > 0)
    await scene.beat(3)


async def _pays(scene: Scene) -> None:
    await scene.reads("buyer", await scene.pays("buyer"))
    await scene.reads_new("seller")


async def _delivers(scene: Scene) -> None:
    if not scene.has_new_sms("buyer"):
        await scene.closes("seller")
        await scene.dials("seller")
        await scene.chooses("seller", t("Confirm delivery"))
        await scene.chooses("seller", t("It is delivered"))
        await scene.signs("seller")
    await scene.reads_new("buyer")


async def _receives_part(scene: Scene) -> None:
    await scene.writes("buyer", f"{scene.words('buyer').part} {scene.reference} {PART}")
    await scene.reads_new("buyer")


async def _is_paid_a_part(scene: Scene) -> None:
    receipt = await scene.paid_out("seller", 1)
    await scene.reads("seller", receipt)


async def _complains(scene: Scene) -> None:
    words = scene.words("buyer")
    await scene.writes("buyer", f"{words.dispute} {scene.reference} {words.problem}")
    await scene.reads_new("seller")


async def _decides(scene: Scene) -> None:
    arbiter = scene.phones["arbiter"]
    await scene.office.name_arbiter(scene.reference, arbiter.msisdn, arbiter.holder.name)
    await scene.reads("arbiter", scene.reference)
    await _types_decision(scene, _FIRST_SHARE, scene.words("arbiter").first_reasons, sms_after_it=2)


async def _appeals(scene: Scene) -> None:
    words = scene.words("seller")
    if not scene.has_sms("arbiter", scene.reference, times=3):
        await scene.writes("seller", f"{words.appeal} {scene.reference} {words.objection}")
    await scene.reads("arbiter", scene.reference, times=3)
    await _types_decision(scene, _LAST_SHARE, scene.words("arbiter").last_reasons, sms_after_it=4)


async def _types_decision(scene: Scene, share: str, reasons: str, sms_after_it: int) -> None:
    """Have Grace decide by USSD. She hears of her own decision as well: it is her SMS number `sms_after_it`."""
    if not scene.has_sms("arbiter", scene.reference, sms_after_it):
        await scene.closes("arbiter")
        await scene.dials_the_contract("arbiter")
        await scene.chooses("arbiter", t("Decide"))
        await scene.chooses("arbiter", t("A part for each side"))
        await scene.answers("arbiter", share)
        await scene.answers("arbiter", reasons)
        await scene.chooses("arbiter", t("Decide so"))
        await scene.signs("arbiter")
    await scene.reads("arbiter", scene.reference, sms_after_it)


async def _ends(scene: Scene) -> None:
    await scene.closes("arbiter")
    await scene.reads("seller", await scene.paid_out("seller", 2))
    await scene.reads("buyer", await scene.paid_out("buyer", 1))


async def set_stage(scene: Scene) -> None:
    """Before the first step: everybody chooses their language, and has so much money as the story says."""
    await scene.double.set_balance(scene.phones["buyer"].msisdn, _OWNS)
    await scene.double.set_balance(scene.phones["seller"].msisdn, _IS_POOR)
    for holder, phone in scene.phones.items():
        await scene.writes(holder, f"LANG {phone.language}")
    for phone in scene.phones.values():
        await scene.until(lambda phone=phone: bool(phone.sms))  # type: ignore[misc]
        phone.note = ""


STEPS: Final[Sequence[StoryStep]] = (
    StoryStep("Amina dials and makes the offer", "She is asked for five things, and signs with a PIN that she chooses."
              " The money shall wait with VoicePact.", _offers),
    StoryStep("Joseph gets the offer by SMS", "He reads the same terms, and whom to tell if he wants none of it.",
              _is_asked),
    StoryStep("He says yes: confirmed by all", "Both get the terms once more, to keep.", _agrees),
    StoryStep("Amina is asked to pay", "Her network shows the prompt, not we. Until the money is here, Joseph"
              " is told to wait.", _is_to_pay),
    StoryStep("KES 150,000 is held", "She types the PIN of her mobile money. Now neither of them can take it.", _pays),
    StoryStep("Joseph says: delivered", "He dials, and chooses a PIN for it. Amina has a week to look.", _delivers),
    StoryStep("30 of 50 bags came", "Amina says so by SMS: a part is counted, the rest waits.", _receives_part),
    StoryStep("His part is paid to Joseph", "Three fifths of the money, less the fee for that part.", _is_paid_a_part),
    StoryStep("A problem: 8 bags are wet", "From here on silence counts for nobody, and no money moves.", _complains),
    StoryStep("Grace decides, on a third phone", "The office has named her. Her words go to both, and each may appeal"
              " once.", _decides),
    StoryStep("Joseph appeals; she decides again", "He exchanged three bags. Her second decision is final.", _appeals),
    StoryStep("The rest is split and paid", "Nine tenths for Joseph, one tenth back to Amina. Both keep the proof.",
              _ends),
)  # fmt: skip

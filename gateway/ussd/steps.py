"""One step of a caller through the menus: begin, go on, or find the way again after the session was lost.

Knows menus and records; nothing of Redis or HTTP.
"""

from contracts.actions import Clock
from contracts.readings import person
from gateway.ussd import conversation as conversations
from gateway.ussd.context import HopContext, HopResult, UssdOptions
from gateway.ussd.conversation import Conversation
from gateway.ussd.draw import PageDrawer, result_of
from gateway.ussd.effect import EffectRunner, later_page
from menus.screen import Place
from menus.session import PerformEffect, RenderedPage, Session, ShowAgain, ShowScreen, read_typed
from storage.encryption import Encryptor
from storage.records import Records
from values.frozen import replace

_AFTER_A_PIN = "pin.new"  # a place to which only a PIN, or a recovery code, leads


class Steps:
    """Takes a caller one step further."""

    def __init__(
        self, records: Records, encryptor: Encryptor, pages: PageDrawer, effects: EffectRunner, options: UssdOptions,
        now: Clock,
    ) -> None:  # fmt: skip
        self._records = records
        self._encryptor = encryptor
        self._pages = pages
        self._effects = effects
        self._options = options
        self._now = now

    async def begin(self, context: HopContext, unfinished: Conversation | None) -> HopResult:
        """Answer a hop without a stored session: the caller dials, or dials deep (`*483*2#`), or the session was lost.

        `unfinished` is the session that this caller was cut off from a moment ago: they are asked whether to go on.
        """
        known = await person(self._records, context.request.msisdn)
        session = Session(known.language or self._options.language)
        conversation = Conversation(context.caller_key.hex(), "", 0, (), session)
        context.language = session.language
        if context.request.history:
            resumed = await self._resumed(context)
            return await self._rebuild(replace(conversation, session=resumed) if resumed else conversation, context)
        if unfinished and (trail := way_back(unfinished.session)):
            session = replace(unfinished.session, language=session.language, page=0, trail=(*trail, Place("resume")))
            await self._keep_resumed(session, conversation, context)
            return result_of(conversation, await self._pages.draw(session, context), context)
        return result_of(conversation, await self._pages.draw(session, context, reading=known), context)

    async def go_on(self, conversation: Conversation, typed: str, context: HopContext) -> HopResult:
        """Answer what the caller typed on the page they were last sent."""
        step = read_typed(conversation.session, typed, self._pages.caller(conversation.session, context))
        if isinstance(step, PerformEffect):
            return await self._effects.run(conversation, step, context)
        return result_of(conversation, await self._draw(step, context), context)

    async def _rebuild(self, conversation: Conversation, context: HopContext) -> HopResult:
        """Replay the typed history to rebuild a lost session. No effect is carried out on the way.

        A hop that acted answers from its row in acted_hops; a wrong PIN is passed over. An effect that was never tried
        is neither carried out nor asked a PIN for, because the lists on the way may have changed: the caller is led
        back to the screen that says what the PIN would be for, and of what they typed after that only a hop that acted
        leads on. An effect that was promised has ended the session.
        """
        page, is_led_back = await self._pages.draw(conversation.session, context), False
        typed = context.request.history.split("*")
        for count, answer in enumerate(typed, start=1):
            step = read_typed(page.session, answer, self._pages.caller(page.session, context))
            if is_led_back or isinstance(step, PerformEffect):
                hop = context.hop_at("*".join(typed[:count]))
                if earlier := await self._effects.earlier(hop, conversation, context):
                    conversation, is_led_back = earlier.conversation, False
                    page = RenderedPage(conversation.session, earlier.reply.text, earlier.reply.ends)
                elif not await self._records.has_tried_pin(hop):
                    is_led_back = True
                elif await self._records.has_promise(hop):
                    return result_of(conversation, later_page(page.session), context)
            else:
                page = await self._draw(step, context)
            if page.ends:
                break
        if page.session.here.name == "pin":
            trail = page.session.trail[:-1]
            page = await self._pages.draw(replace(page.session, trail=trail, page=0), context)
        return result_of(conversation, page, context)

    async def _draw(self, step: ShowScreen | ShowAgain, context: HopContext) -> RenderedPage:
        return await self._pages.draw(step.session, context, why=step.why if isinstance(step, ShowAgain) else None)

    async def _keep_resumed(self, session: Session, conversation: Conversation, context: HopContext) -> None:
        """Store the session from which this one goes on, because the provider's history of this one begins after it."""
        plain = conversations.to_bytes(replace(conversation, session=session))
        encrypted = self._encryptor.encrypt(plain, _resumed_place(context))
        await self._records.save_resume_point(context.hop.provider, context.hop.session_id, encrypted, self._now())

    async def _resumed(self, context: HopContext) -> Session | None:
        encrypted = await self._records.resume_point(context.hop.provider, context.hop.session_id)
        plain = self._encryptor.decrypt(encrypted, _resumed_place(context)) if encrypted else None
        stored = conversations.from_bytes(plain) if plain else None
        return stored.session if stored else None


def way_back(cut: Session) -> tuple[Place, ...]:
    """Return the trail to where a call was cut; empty if a PIN led there: whoever dials now has not typed it."""
    trail = cut.trail
    while trail[-1].name == "resume":
        trail = trail[:-1]
    return () if any(place.name == _AFTER_A_PIN for place in trail) else trail


def _resumed_place(context: HopContext) -> str:
    return f"resumed:{context.request.provider}:{context.request.session_id}:{context.caller_key.hex()}"

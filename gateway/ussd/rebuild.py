"""A USSD session that Redis lost is rebuilt from the history that the provider repeats."""

import re
from collections.abc import Sequence

from gateway.ussd.context import HopContext, HopResult
from gateway.ussd.conversation import Conversation
from gateway.ussd.draw import PageDrawer, result_of
from gateway.ussd.effect import EffectRunner, later_page
from menus.session import DIALLED, HOME, WAITING, PerformEffect, RenderedPage, Session, read_typed
from storage.records import Records
from values.frozen import replace

_PIN = re.compile("[0-9]{4}")


class SessionRebuilder:
    """Replays what a caller has typed, as if they typed it now."""

    def __init__(self, records: Records, pages: PageDrawer, effects: EffectRunner) -> None:
        self._records = records
        self._pages = pages
        self._effects = effects

    async def rebuild(self, conversation: Conversation, context: HopContext) -> HopResult:
        """Return the page to which the typed history leads, from where `conversation` began.

        A call whose first text was empty and keys dialled at once (`*483*3*1#`) can have the same history, but not the
        same keys: home's key 3 leads a call to its only delivery, and dialled keys to the list of one. So the history
        is walked as a call's first; where that asks for a PIN and what was typed there can be none, it was a dial.
        """
        page = await self._first_page(conversation, context)
        history = context.request.history
        if result := await self._walk(conversation, page, context, history):
            return result
        session = replace(conversation.session, trail=(DIALLED,))
        page = await self._pages.draw(session, context)
        dialled = await self._walk(conversation, page, context, history, is_sure=True)
        assert dialled, "a walk that is sure comes to an end"
        trail = tuple(HOME if place == DIALLED else place for place in dialled.conversation.session.trail)
        begun_at_home = replace(dialled.conversation.session, trail=trail)
        return replace(dialled, conversation=replace(dialled.conversation, session=begun_at_home))

    async def catch_up(self, conversation: Conversation, text: str, context: HopContext) -> HopResult:
        """Return the page to which `text` leads, the answers since the hop after which `conversation` was saved."""
        page = RenderedPage(conversation.session, "", ends=False)
        caught_up = await self._walk(conversation, page, context, text, is_sure=True)
        assert caught_up, "a walk that is sure comes to an end"
        return caught_up

    async def recall_key(self, context: HopContext) -> None:
        """After a change of SECRET_KEY, hash on as the lost session did, where a hop of it has acted or tried a PIN."""
        histories = context.histories_within(context.request.history)
        before = context.encryptors[0]
        for encryptor in context.encryptors[1:]:
            context.hash_with(encryptor)
            if await self._records.knows_a_hop(context.hop, [context.key_of(history) for history in histories]):
                return
        context.hash_with(before)

    async def _first_page(self, conversation: Conversation, context: HopContext) -> RenderedPage:
        """Return the page of the first answer. What waited for the caller then may have changed: its page is stored."""
        if conversation.session.here == WAITING:
            return RenderedPage(conversation.session, "", ends=False)
        return await self._pages.draw(conversation.session, context)

    async def _walk(
        self, conversation: Conversation, page: RenderedPage, context: HopContext, text: str, *, is_sure: bool = False
    ) -> HopResult | None:
        """Replay `text`, the typed history or the end of it, to rebuild a lost session. No effect is carried out on the
        way.

        A hop that acted answers from its row in acted_hops; a wrong PIN is passed over. An effect that was never tried
        is neither carried out nor asked a PIN for, because the lists on the way may have changed: the caller is led
        back to the screen that says what the PIN would be for, and of what they typed after that only a hop that acted
        leads on. An effect that was promised has ended the session.
        Return None, unless `is_sure`, where what was typed for a PIN can be none: the history began elsewhere.
        """
        is_led_back, is_sure = False, is_sure or conversation.session.here != HOME
        typed, histories = text.split("*"), context.histories_within(text)
        for count, answer in enumerate(typed, start=1):
            if not (is_sure or is_led_back) and _is_no_pin(answer, page.session):
                if not await self._has_acted_later(typed, count, context):
                    return None
                is_sure = True
            step = read_typed(page.session, answer, self._pages.caller(page.session, context))
            if is_led_back or isinstance(step, PerformEffect):
                hop = context.hop_at(histories[count - 1])
                if earlier := await self._effects.earlier(hop, conversation, context):
                    conversation, is_led_back = earlier.conversation, False
                    page = RenderedPage(conversation.session, earlier.reply.text, earlier.reply.ends)
                elif not await self._records.has_tried_pin(hop):
                    is_led_back = True
                elif await self._records.has_promise(hop):
                    return result_of(conversation, later_page(page.session), context)
            else:
                page = await self._pages.draw_step(step, context)
            if page.ends:
                break
        if page.session.here.name == "pin":
            trail = page.session.trail[:-1]
            page = await self._pages.draw(replace(page.session, trail=trail, page=0), context)
        elif not page.text:  # led back to the page from which the walk began
            page = await self._pages.draw(page.session, context)
        return result_of(conversation, page, context)

    async def _has_acted_later(self, typed: Sequence[str], count: int, context: HopContext) -> bool:
        """Return whether a hop after the first `count` answers has acted: then this call is walked as it went."""
        hops = (context.hop_at("*".join(typed[:end])) for end in range(count + 1, len(typed) + 1))
        return any([await self._records.has_tried_pin(hop) for hop in hops])


def _is_no_pin(answer: str, session: Session) -> bool:
    """Return whether the page asks for a PIN and `answer` is neither one nor a key of the page."""
    key = answer.strip()
    return session.here.name == "pin" and key not in session.keys and not _PIN.fullmatch(key)

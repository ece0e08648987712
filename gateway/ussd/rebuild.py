"""A USSD session that Redis lost is rebuilt from the history that the provider repeats."""

from gateway.ussd.context import HopContext, HopResult
from gateway.ussd.conversation import Conversation
from gateway.ussd.draw import PageDrawer, result_of
from gateway.ussd.effect import EffectRunner, later_page
from menus.session import PerformEffect, RenderedPage, read_typed
from storage.records import Records
from values.frozen import replace


class SessionRebuilder:
    """Replays what a caller has typed, as if they typed it now."""

    def __init__(self, records: Records, pages: PageDrawer, effects: EffectRunner) -> None:
        self._records = records
        self._pages = pages
        self._effects = effects

    async def rebuild(self, conversation: Conversation, context: HopContext) -> HopResult:
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
                page = await self._pages.draw_step(step, context)
            if page.ends:
                break
        if page.session.here.name == "pin":
            trail = page.session.trail[:-1]
            page = await self._pages.draw(replace(page.session, trail=trail, page=0), context)
        return result_of(conversation, page, context)

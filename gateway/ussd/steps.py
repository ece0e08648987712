"""One step of a caller through the menus: begin a session, or go on in it. Knows nothing of Redis or HTTP."""

from contracts.readings import OpenQuestions, open_questions, person
from gateway.ussd.context import HopContext, HopResult, UssdOptions
from gateway.ussd.conversation import Conversation
from gateway.ussd.draw import PageDrawer, result_of
from gateway.ussd.effect import EffectRunner
from gateway.ussd.rebuild import SessionRebuilder
from gateway.ussd.resume import ResumePoints, way_back
from menus.kept_typed import kept_keys, kept_typed
from menus.screen import Place
from menus.session import WAITING, PerformEffect, Session, read_typed
from storage.records import Records
from values.frozen import replace


class Steps:
    """Takes a caller one step further."""

    def __init__(
        self, records: Records, pages: PageDrawer, effects: EffectRunner, rebuilder: SessionRebuilder,
        resume_points: ResumePoints, options: UssdOptions,
    ) -> None:  # fmt: skip
        self._records = records
        self._pages = pages
        self._effects = effects
        self._rebuilder = rebuilder
        self._resume_points = resume_points
        self._options = options

    async def begin(self, context: HopContext, unfinished: Conversation | None) -> HopResult:
        """Answer a hop without a stored session: the caller dials, or dials deep (`*483*2#`), or the session was lost.

        `unfinished` is the session that this caller was cut off from a moment ago: they are asked whether to go on.
        """
        if context.request.history and len(context.encryptors) > 1:
            await self._rebuilder.recall_key(context)
        found = await self._read(context)
        session = Session(found.person.language or self._options.language_of(context.request.msisdn))
        conversation = Conversation(context.caller_key, 0, b"", (), False, session)
        context.language, context.typed = session.language, kept_keys(context.request.history)
        if context.request.history:
            if resumed := await self._resume_points.load(context):
                conversation = replace(conversation, session=resumed)
            return await self._rebuilder.rebuild(conversation, context)
        if unfinished and (trail := way_back(unfinished.session, asked=bool(found.lines))):
            session = replace(unfinished.session, language=session.language, page=0, trail=(*trail, Place("resume")))
            await self._resume_points.save(session, conversation, context)
            return result_of(conversation, await self._pages.draw(session, context), context)
        if not found.lines:
            page = await self._pages.draw(session, context, reading=found.person)
            return result_of(conversation, page, context)
        session = replace(session, trail=(WAITING,))
        page = await self._pages.draw(session, context, reading=found)
        await self._resume_points.save(page.session, conversation, context)
        return result_of(conversation, page, context)

    async def _read(self, context: HopContext) -> OpenQuestions:
        """Return who calls. What waits for them is read for a dial only: keys that are dialled at once are home's."""
        msisdn = context.request.msisdn
        if context.request.history:
            return OpenQuestions(await person(self._records, msisdn))
        return await open_questions(self._records, msisdn)

    async def has_acted_within(self, text: str, context: HopContext) -> bool:
        """Return whether an earlier hop has acted, or tried a PIN, whose last answer is a part of the new `text`."""
        earlier = context.histories_within(text)[:-1]
        return await self._records.knows_a_hop(context.hop, [context.key_of(history) for history in earlier])

    async def catch_up(self, conversation: Conversation, text: str, context: HopContext) -> HopResult:
        """Answer a hop where the session lacks the hops before it: `text` is all that was typed since."""
        context.typed = kept_keys(text)
        return await self._rebuilder.catch_up(conversation, text, context)

    async def go_on(self, conversation: Conversation, typed: str, context: HopContext) -> HopResult:
        """Answer what the caller typed on the page they were last sent."""
        step = read_typed(conversation.session, typed, self._pages.caller(conversation.session, context))
        context.typed = kept_typed(conversation.session, typed, step)
        if isinstance(step, PerformEffect):
            return await self._effects.run(conversation, step, context)
        return result_of(conversation, await self._pages.draw_step(step, context), context)

"""What a hop comes to: begin, go on, have an effect. Knows menus and records; nothing of Redis or HTTP."""

import asyncio
import base64
from datetime import datetime

from contracts import actions
from contracts.actions import Clock
from contracts.contract import Refusal
from contracts.effects import Effect, SetLanguage, UseRecovery
from contracts.pin_hash import PinHasher
from contracts.readings import Person, person
from contracts.rules.plan import Actor, Plan
from gateway.background.promises import PromiseJob
from gateway.events import UssdReply
from gateway.outbox.compose import MessageComposer
from gateway.turn import Turn, UssdOptions, name_of, place_of, recovery_key, resumed_place, way_back
from gateway.ussd import conversation
from gateway.ussd.context import Heard
from gateway.ussd.conversation import Conversation
from menus import MENU_VERSION
from menus.refusal_texts import LATER, WRONG_PIN, WRONG_RECOVERY
from menus.screen import SCREENS, Caller, EffectResult, Place
from menus.session import (
    HOME,
    PerformEffect,
    RenderedPage,
    Session,
    ShowAgain,
    ShowScreen,
    after_effect,
    read_typed,
    render_page,
)
from menus.translate import Text, translate
from storage.acts.rows import HopOnce, PersonRow
from storage.encryption import Sealer
from storage.record_rows import DecisionFacts, Hop
from storage.records import Records
from values.frozen import replace

_RETRY_SECONDS = 0.03


class Turns:
    """Takes a caller one hop further."""

    def __init__(
        self, records: Records, sealer: Sealer, hasher: PinHasher, promises: PromiseJob, composer: MessageComposer,
        options: UssdOptions, now: Clock,
    ) -> None:  # fmt: skip
        self._records = records
        self._sealer = sealer
        self._hasher = hasher
        self._promises = promises
        self._composer = composer
        self._options = options
        self._now = now

    async def begin(self, heard: Heard, dropped: Conversation | None) -> Turn:
        """A session we do not know: a dial, one that goes deeper at once, or one whose session was lost.

        `dropped`: what this caller left unfinished a moment ago; they are asked whether to go on with it.
        """
        known = await person(self._records, heard.said.msisdn)
        session = Session(known.language or self._options.language)
        talk = Conversation(heard.caller_key.hex(), "", 0, (), session)
        heard.language = session.language
        if heard.said.history:
            gone_on = await self._gone_on_from(heard)
            return await self._walk(replace(talk, session=gone_on) if gone_on else talk, heard)
        if dropped and (way := way_back(dropped.session)):
            session = replace(dropped.session, language=session.language, page=0, trail=(*way, Place("resume")))
            await self._keep_gone_on_from(session, talk, heard)
            return self._reply(talk, await self._draw(session, heard), heard)
        return self._reply(talk, await self._draw(session, heard, reading=known), heard)

    async def _keep_gone_on_from(self, session: Session, talk: Conversation, heard: Heard) -> None:
        """The provider's history of this session will say nothing of the one before it: what is kept here does."""
        hop, plain = heard.hop, conversation.to_bytes(replace(talk, session=session))
        sealed = self._sealer.seal(plain, resumed_place(heard))
        await self._records.keep_resumed(hop.provider, hop.session_id, sealed, self._now())

    async def _gone_on_from(self, heard: Heard) -> Session | None:
        sealed = await self._records.resumed(heard.hop.provider, heard.hop.session_id)
        plain = self._sealer.open(sealed, resumed_place(heard)) if sealed else None
        talk = conversation.from_bytes(plain) if plain else None
        return talk.session if talk else None

    async def go_on(self, talk: Conversation, typed: str, heard: Heard) -> Turn:
        """The caller answered the page they were last sent."""
        step = read_typed(talk.session, typed, self._caller(talk.session, heard))
        if isinstance(step, PerformEffect):
            return await self._perform(talk, step, heard)
        return self._reply(talk, await self._step(step, heard), heard)

    async def _walk(self, talk: Conversation, heard: Heard) -> Turn:
        """Take the typed history step by step as if it were typed now, without having an effect on the way.

        An effect that was had answers from its record, and a PIN that was wrong then is passed over. One that is still
        to be had is not had here, nor is its PIN asked at once: the lists on the way may have changed, so the caller
        is led back to the screen that says what the PIN would be for; of what was typed behind it, only an effect that
        was had (after such a return) leads on. One that was promised has ended the session.
        """
        sheet, is_led_back = await self._draw(talk.session, heard), False
        typed = heard.said.history.split("*")
        for count, answer in enumerate(typed, start=1):
            step = read_typed(sheet.session, answer, self._caller(sheet.session, heard))
            if is_led_back or isinstance(step, PerformEffect):
                hop = heard.hop_at("*".join(typed[:count]))
                if acted := await self._acted(hop, talk, heard):
                    talk, is_led_back = acted.conversation, False
                    sheet = RenderedPage(talk.session, acted.reply.text, acted.reply.ends)
                elif not await self._records.tried(hop):
                    is_led_back = True
                elif await self._records.promised(hop):
                    return self._reply(talk, self._later(sheet.session), heard)
            else:
                sheet = await self._step(step, heard)
            if sheet.ends:
                break
        if sheet.session.here.name == "pin":
            trail = sheet.session.trail[:-1]
            sheet = await self._draw(replace(sheet.session, trail=trail, page=0), heard)
        return self._reply(talk, sheet, heard)

    async def _step(self, step: ShowScreen | ShowAgain, heard: Heard) -> RenderedPage:
        return await self._draw(step.session, heard, why=step.why if isinstance(step, ShowAgain) else None)

    async def _perform(self, talk: Conversation, step: PerformEffect, heard: Heard) -> Turn:
        """Have the effect; when what it was decided on moves meanwhile, decide again; when it is late, promise it."""
        actor, effect, now = self._actor(talk, heard), step.effect, self._now()
        proved_hash: str | None = None
        while True:
            facts = await actions.read_facts(self._records, effect, actor, heard.hop, now, pin=effect.needs_pin)
            pin_hash: str | None = None
            if effect.needs_pin:
                if facts.pin_hash is None or (facts.pin_hash != proved_hash and not await self._is_right(step, facts)):
                    if facts.granted:
                        await self._records.pin_was_wrong(actor.msisdn, heard.hop, now)
                    known = Person(facts.language, facts.has_pin)
                    return self._reply(talk, await self._draw(step.session, heard, why=WRONG_PIN, reading=known), heard)
                proved_hash = facts.pin_hash
            elif isinstance(effect, UseRecovery):
                if not (step.secret and await self._records.use_recovery(actor.msisdn, self._recovery_key(step), now)):
                    return self._reply(talk, await self._draw(step.session, heard, why=WRONG_RECOVERY), heard)
            elif step.secret:
                pin_hash = await self._hasher.hash(step.secret)
            decided = actions.decide(effect, facts, actor, now, self._options.waiting_periods, pin_hash)
            turn = await self._after(talk, step, decided, heard)
            proved = actions.proved_pin_row(facts, actor, now) if effect.needs_pin else None
            heard.acting = True
            try:
                async with asyncio.timeout_at(heard.act_until):
                    done = await self._carry_out(turn, decided, proved, heard, now)
            except TimeoutError:
                if not self._promises.can_promise(effect):
                    raise
                return await self._promise(talk, effect, actor, proved, heard)
            if done:
                heard.acted = turn.acted
                return turn
            if acted := await self._acted(heard.hop, talk, heard):
                return acted
            await asyncio.sleep(_RETRY_SECONDS)

    async def _is_right(self, step: PerformEffect, facts: DecisionFacts) -> bool:
        """The same answer, and screen, for a wrong PIN and for a locked one, so that a guesser learns nothing."""
        if not (step.secret and facts.granted and facts.pin_hash):
            return False
        return await self._hasher.verify(step.secret, facts.pin_hash)

    def _recovery_key(self, step: PerformEffect) -> bytes:
        assert step.secret
        return recovery_key(self._sealer, step.secret.reveal())

    async def _after(self, talk: Conversation, step: PerformEffect, decided: Plan | Refusal, heard: Heard) -> Turn:
        """What the caller sees if the effect is had as decided."""
        result = EffectResult(refusal=decided) if isinstance(decided, Refusal) else EffectResult(contract=decided.about)
        session = after_effect(step.session, step.effect, step.then)
        if isinstance(step.effect, SetLanguage) and result.refusal is None:
            session = replace(session, language=step.effect.language)
        sheet = await self._draw(session, heard, result=result)
        return replace(self._reply(talk, sheet, heard), acted=name_of(step.effect, decided))

    async def _carry_out(
        self, turn: Turn, decided: Plan | Refusal, proved: PersonRow | None, heard: Heard, now: datetime
    ) -> bool:
        plan = Plan() if isinstance(decided, Refusal) else decided
        return await actions.carry_out(
            self._records, plan, channel="ussd", now=now, person=proved, hop=self._once(turn, heard),
            messages=self._composer.compose(plan.notices, now),
        )  # fmt: skip

    async def _promise(
        self, talk: Conversation, effect: Effect, actor: Actor, proved: PersonRow | None, heard: Heard
    ) -> Turn:
        """The effect is late: write down that it is wanted, and say so."""
        turn = self._reply(talk, self._later(talk.session), heard)
        await self._promises.make_promise(effect, actor, self._once(turn, heard), proved, self._now())
        heard.acted = "promised"
        return replace(turn, acted=heard.acted)

    def _later(self, session: Session) -> RenderedPage:
        return RenderedPage(session, translate(LATER, session.language), ends=True)

    def _once(self, turn: Turn, heard: Heard) -> HopOnce:
        hop = heard.hop
        sealed = self._sealer.seal(conversation.to_bytes(turn.conversation), place_of(hop))
        return HopOnce(
            hop.provider, hop.session_id, hop.key.hex(), turn.reply.text, turn.reply.ends,
            base64.b64encode(sealed).decode(),
        )  # fmt: skip

    async def _acted(self, hop: Hop, talk: Conversation, heard: Heard) -> Turn | None:
        """What this hop came to when it acted, if it has. Of one whose session cannot be read any more, because another
        version of the code wrote it, a reply that ended the call stands: nobody is asked again for what they had."""
        found = await self._records.acted(hop)
        if found is None:
            return None
        text, ends, sealed = found
        plain = self._sealer.open(sealed, place_of(hop))
        if kept := conversation.from_bytes(plain) if plain else None:
            return Turn(kept, UssdReply(text, ends), "before")
        ended = RenderedPage(Session(talk.session.language), text, ends=True)
        return replace(self._reply(talk, ended, heard), acted="before") if ends else None

    async def _draw(
        self,
        session: Session,
        heard: Heard,
        *,
        why: Text | None = None,
        result: EffectResult | None = None,
        reading: object = None,
    ) -> RenderedPage:
        """The page of `session.here`. At most one query: its reading, unless what it gives is known already."""
        if session.here.name not in SCREENS:  # the menus were deployed anew, without this screen
            session, reading = replace(session, trail=(HOME,), page=0), None
        drawn, about = SCREENS[session.here.name], session.here.about
        caller = self._caller(session, heard)
        if drawn.wants_result:
            screen = drawn.draw(caller, result or EffectResult(), **about)
        elif drawn.reads is None:
            screen = drawn.draw(caller, **about)
        else:
            if reading is None:
                by = {name: about[name] for name in drawn.reads_by}
                reading = await drawn.reads(self._records, heard.said.msisdn, **by)
            screen = drawn.draw(caller, reading, **about)
        heard.went_to = drawn.name
        budgets = self._options.budgets
        return render_page(session, screen, budgets.get(heard.said.network_code) or budgets[""], why)

    def _reply(self, talk: Conversation, sheet: RenderedPage, heard: Heard) -> Turn:
        reply = UssdReply(sheet.text, sheet.ends)
        return Turn(talk.said(heard.hop.key, len(heard.said.history), reply, sheet.session), reply)

    def _caller(self, session: Session, heard: Heard) -> Caller:
        options = self._options
        today = self._now().astimezone(options.zone).date()
        return Caller(
            heard.said.msisdn, options.service_code, options.country, options.currency, today, session.answers,
            options.zone,
        )  # fmt: skip

    def _actor(self, talk: Conversation, heard: Heard) -> Actor:
        said = heard.said
        return Actor(
            said.msisdn, talk.session.language, "ussd", said.provider, said.network_code, said.session_id,
            MENU_VERSION, tuple(text for _, text, _ in talk.replies),
        )  # fmt: skip

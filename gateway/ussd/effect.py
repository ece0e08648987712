"""A hop with an effect: check the PIN, decide, commit; what is late is promised, what is repeated answers from its row.

facts (one read, which counts the PIN's try) -> secret -> decide -> draw the reply -> commit (one statement)
"""

import asyncio
import base64
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from uuid import UUID

from contracts import actions
from contracts.actions import Clock
from contracts.effects import ChoosePin, Effect, MakeContract, SetLanguage, UseRecovery
from contracts.fields.countries import zone_of
from contracts.fields.pin import Secret
from contracts.pin_hash import PinHasher
from contracts.readings import Person
from contracts.refusals import LimitReached, Refusal
from contracts.rules.offers import limit_reached
from contracts.rules.plan import Actor, Plan
from gateway.background.promises import PromiseJob
from gateway.background.short_codes import ShortCodes
from gateway.events import UssdReply
from gateway.outbox.compose import MessageComposer
from gateway.ussd import conversation as conversations
from gateway.ussd.context import HopContext, HopResult, UssdOptions
from gateway.ussd.conversation import Conversation
from gateway.ussd.draw import PageDrawer, result_of
from menus import MENU_VERSION
from menus.refusal_texts import LATER, WRONG_RECOVERY, wrong_pin_text
from menus.screen import EffectResult
from menus.session import PerformEffect, RenderedPage, Session, after_effect
from menus.translate import translate
from storage.acts.rows import HopOnce, PersonRow
from storage.encryption import Encryptor
from storage.record_rows import DecisionFacts, Hop
from storage.records import Records
from storage.signing import SignerAwayError
from values.frozen import replace
from values.ids import new_id

_TO_COMMIT = 0.2  # of a hop's time is kept, after the PIN is hashed, for the reading and the commit


class EffectRunner:
    """Carries out the effect that a caller has chosen, once per hop."""

    def __init__(
        self, records: Records, encryptor: Encryptor, hasher: PinHasher, promises: PromiseJob,
        composer: MessageComposer, codes: ShortCodes, pages: PageDrawer, options: UssdOptions, now: Clock,
    ) -> None:  # fmt: skip
        self._records = records
        self._encryptor = encryptor
        self._hasher = hasher
        self._promises = promises
        self._composer = composer
        self._codes = codes
        self._pages = pages
        self._options = options
        self._now = now

    async def run(self, conversation: Conversation, step: PerformEffect, context: HopContext) -> HopResult:
        """Carry out the effect and return what the caller sees then; decide anew while the record changes meanwhile."""
        now = self._now()

        async def attempt() -> HopResult | None:
            result = await self._attempt(conversation, step, context, now)
            return result or await self.earlier(context.hop, conversation, context)

        return await actions.retry_when_changed(attempt)

    async def earlier(self, hop: Hop, conversation: Conversation, context: HopContext) -> HopResult | None:
        """Return what `hop` came to if it has acted before, else None.

        Where another version of the code wrote the session behind it, so that it cannot be read any more, a reply that
        ended the call is returned all the same: nobody is asked again for what they have done.
        """
        found = await self._records.saved_reply(hop)
        if found is None:
            return None
        text, ends, encrypted = found
        plain = self._encryptor.decrypt(encrypted, acted_place(hop))
        if stored := conversations.from_bytes(plain) if plain else None:
            return HopResult(stored, UssdReply(text, ends), "before")
        if not ends:
            return None
        return result_of(
            conversation, RenderedPage(Session(conversation.session.language), text, ends=True), context, "before"
        )

    async def _attempt(
        self, conversation: Conversation, step: PerformEffect, context: HopContext, now: datetime
    ) -> HopResult | None:
        """Try once. Return None if this hop has acted before, or the record changed since it was read."""
        actor, effect = self._actor(conversation, context), step.effect
        async with self._turn_to_hash(step, context):
            facts = await actions.read_facts(self._records, effect, actor, context.hop, now, pin=effect.needs_pin)
            if refused := await self._refused_secret(step, facts, context, now):
                return result_of(conversation, refused, context)
            facts, pin_hash = await self._with_new_hash(step, facts, context)
        actor = replace(actor, pin=_pin_of(step, facts, conversation))
        rules = self._options.offer_rules
        decided = actions.decide(
            effect, facts, actor, now, self._options.waiting_periods, pin_hash, rules, self._options.escrow
        )
        limit = limit_reached(facts, rules, now) if isinstance(effect, MakeContract) else None
        result = await self._result(conversation, step, decided, limit, context)
        proved = actions.proved_pin_row(facts, actor, now) if effect.needs_pin else None
        context.is_acting = True
        try:
            async with asyncio.timeout_at(context.act_until):
                is_done = await self._commit(result, decided, proved, context, now)
        except (TimeoutError, SignerAwayError):
            if not self._promises.can_promise(effect):
                raise
            return await self._promise(conversation, effect, actor, proved, context)
        context.is_acting = False
        if not is_done:
            return None
        context.acted = result.acted
        return result

    def _turn_to_hash(self, step: PerformEffect, context: HopContext) -> AbstractAsyncContextManager[None]:
        """Wait for the turn of the PIN that was typed. Raise PinQueueFullError if it does not come in time."""
        if step.secret is None or isinstance(step.effect, UseRecovery) or context.proved_hash:
            return nullcontext()
        until = context.act_until - _TO_COMMIT * self._options.hop_seconds
        return self._hasher.turn(until - asyncio.get_running_loop().time())

    async def _refused_secret(
        self, step: PerformEffect, facts: DecisionFacts, context: HopContext, now: datetime
    ) -> RenderedPage | None:
        """Return the page that a wrong PIN or a wrong recovery code gets; None if the secret is right or none is asked.

        A locked PIN is hashed, and what comes of it does not count: the right one gets the same page as a wrong one,
        after the same time, and who guesses learns nothing.
        """
        msisdn = context.request.msisdn
        if isinstance(step.effect, UseRecovery):
            is_right = await self._is_right_code(step.secret, facts.phone_id, context, now)
            return None if is_right else await self._pages.draw(step.session, context, why=WRONG_RECOVERY)
        if not step.effect.needs_pin or await self._is_right_pin(step, facts, context):
            return None
        if facts.granted:
            await self._records.audit_wrong_pin(msisdn, context.hop, now)
        person = Person(facts.language, facts.has_pin)
        why = wrong_pin_text(
            is_proved=facts.has_pin, tries=facts.pin_tries, locked_until=facts.locked_until, now=now,
            zone=zone_of(msisdn) or self._options.zone,
        )  # fmt: skip
        return await self._pages.draw(step.session, context, why=why, reading=person)

    async def _is_right_code(
        self, code: Secret | None, phone_id: UUID | None, context: HopContext, now: datetime
    ) -> bool:
        if code is None or phone_id is None:
            return False
        keys = [
            recovery_key(encryptor, code.reveal(), person)
            for encryptor in self._encryptor.every
            for person in (phone_id, None)
        ]
        return await self._records.use_recovery_code(context.request.msisdn, keys, now)

    async def _is_right_pin(self, step: PerformEffect, facts: DecisionFacts, context: HopContext) -> bool:
        hashed, phone_id, secret = facts.pin_hash, facts.phone_id, step.secret
        if hashed is None or phone_id is None:
            return False
        if hashed != context.proved_hash:  # on a second attempt it was compared before
            if not (secret and await self._hasher.verify(secret, hashed, phone_id) and facts.granted):
                return False
            context.proved_hash = hashed
        return True

    async def _with_new_hash(
        self, step: PerformEffect, facts: DecisionFacts, context: HopContext
    ) -> tuple[DecisionFacts, str | None]:
        """Return the hash of the PIN that is chosen, and the facts with the id of its person, who may be new. After a
        right PIN whose stored hash is an old one, return the facts with the hash that replaced it."""
        secret, effect = step.secret, step.effect
        if secret is None or isinstance(effect, UseRecovery):
            return facts, None
        if not effect.needs_pin:
            phone_id = facts.phone_id or new_id()
            return replace(facts, phone_id=phone_id), await self._hasher.hash(secret, phone_id)
        if facts.phone_id is None or facts.pin_hash is None or not self._hasher.is_outdated(facts.pin_hash):
            return facts, None
        bound = await self._hasher.hash(secret, facts.phone_id)
        await self._records.replace_pin_hash(facts.phone_id, facts.pin_hash, bound)
        context.proved_hash = bound
        return replace(facts, pin_hash=bound), None

    async def _result(
        self, conversation: Conversation, step: PerformEffect, decided: Plan | Refusal, limit: LimitReached | None,
        context: HopContext,
    ) -> HopResult:  # fmt: skip
        """Return what the caller sees if the effect is carried out as decided."""
        effect_result = (
            EffectResult(refusal=decided, limit=limit)
            if isinstance(decided, Refusal)
            else EffectResult(contract=decided.about, is_held=any(notice.not_before for notice in decided.notices))
        )
        session = after_effect(step.session, step.effect, step.then)
        if isinstance(step.effect, SetLanguage) and effect_result.refusal is None:
            session = replace(session, language=step.effect.language)
        page = await self._pages.draw(session, context, effect_result=effect_result)
        if isinstance(step.effect, ChoosePin) and effect_result.refusal is None:
            conversation = replace(conversation, chose_pin=True)
        return result_of(conversation, page, context, _log_name(step.effect, decided))

    async def _commit(
        self, result: HopResult, decided: Plan | Refusal, proved: PersonRow | None, context: HopContext, now: datetime
    ) -> bool:
        plan = Plan() if isinstance(decided, Refusal) else decided
        return await actions.carry_out(
            self._records, plan, channel="ussd", now=now, person=proved, hop=self._once(result, context),
            messages=self._composer.compose(await self._codes.complete(plan.notices), now),
        )  # fmt: skip

    async def _promise(
        self, conversation: Conversation, effect: Effect, actor: Actor, proved: PersonRow | None, context: HopContext
    ) -> HopResult:
        """Write down that the late effect is wanted, and tell the caller that an SMS will say how it went."""
        result = result_of(conversation, later_page(conversation.session), context, "promised")
        await self._promises.make_promise(effect, actor, self._once(result, context), proved, self._now())
        context.acted = result.acted
        return result

    def _once(self, result: HopResult, context: HopContext) -> HopOnce:
        """Return the row by which a repeat of this hop gets the same reply and session."""
        hop = context.hop
        encrypted = self._encryptor.encrypt(conversations.to_bytes(result.conversation), acted_place(hop))
        return HopOnce(
            hop.provider, hop.session_id, hop.key.hex(), result.reply.text, result.reply.ends,
            base64.b64encode(encrypted).decode(),
        )  # fmt: skip

    def _actor(self, conversation: Conversation, context: HopContext) -> Actor:
        request = context.request
        return Actor(
            request.msisdn, conversation.session.language, "ussd", request.provider, request.network_code,
            request.session_id, MENU_VERSION, conversation.texts, conversation.typed_on_texts(context.typed),
            conversation.english_of_texts(),
        )  # fmt: skip


def later_page(session: Session) -> RenderedPage:
    """Return the page that ends a call whose effect is promised."""
    return RenderedPage(session, translate(LATER, session.language), ends=True)


def recovery_key(encryptor: Encryptor, code: str, phone_id: UUID | None) -> bytes:
    """Return what is stored of a recovery code: a keyed hash of its digits and its person. A space in the middle does
    not matter. With `phone_id` None: what versions before 0017 stored, which holds for a day, as any code."""
    digits = "".join(letter for letter in code if letter.isdecimal())
    return encryptor.keyed_hash("recovery", *((str(phone_id),) if phone_id else ()), digits)


def acted_place(hop: Hop) -> str:
    """Return the place to which the stored session of a hop that acted is bound when it is encrypted."""
    return f"acted:{hop.provider}:{hop.session_id}:{hop.key.hex()}"


def _pin_of(step: PerformEffect, facts: DecisionFacts, conversation: Conversation) -> str:
    """Return what a statement says of the PIN: whether it was set before this call."""
    if not step.effect.needs_pin:
        return "none"
    return "typed" if facts.has_pin and not conversation.chose_pin else "chosen"


def _log_name(effect: Effect, decided: Plan | Refusal) -> str:
    return f"{type(effect).__name__}: {decided.value}" if isinstance(decided, Refusal) else type(effect).__name__

"""A place in the menus as the page that a phone shows. Knows screens and records; nothing of Redis or HTTP."""

from contracts.actions import Clock
from contracts.fields.countries import today_of
from contracts.readings import paper
from gateway.events import UssdReply
from gateway.ussd.budgets import budget_for
from gateway.ussd.context import HopContext, HopResult, UssdOptions
from gateway.ussd.conversation import Conversation
from gateway.verify.paper_checks import PaperChecks
from menus.screen import SCREENS, Caller, EffectResult, Json, RegisteredScreen
from menus.session import HOME, RenderedPage, Session, ShowAgain, ShowScreen, render_page
from menus.translate import Text
from storage.records import Records
from values.frozen import replace


class PageDrawer:
    """Draws the screen of the place where a session is, after the one read that the screen asks for."""

    def __init__(self, records: Records, papers: PaperChecks, options: UssdOptions, now: Clock) -> None:
        self._records = records
        self._papers = papers
        self._options = options
        self._sms_limit = options.sms_limits.limit(options.currency)
        self._now = now

    async def draw(
        self, session: Session, context: HopContext, *, why: Text | None = None,
        effect_result: EffectResult | None = None, reading: object = None,
    ) -> RenderedPage:  # fmt: skip
        """Return the page of `session.here`, with `why` above it. `effect_result`: what an effect came to; `reading`:
        what the screen would read, where it is known."""
        if session.here.name not in SCREENS:  # a new version of the menus has no such screen
            session, reading = replace(session, trail=(HOME,), page=0), None
        screen, about = SCREENS[session.here.name], session.here.about
        caller = self.caller(session, context)
        if screen.wants_result:
            drawn = screen.draw(caller, effect_result or EffectResult(), **about)
        elif screen.reads is None:
            drawn = screen.draw(caller, **about)
        else:
            if reading is None:
                reading = await self._read(screen, context, {name: about[name] for name in screen.reads_by})
            drawn = screen.draw(caller, reading, **about)
        context.went_to = screen.name
        budget = budget_for(self._options.budgets, context.request.provider, context.request.network_code)
        return render_page(session, drawn, budget, why)

    async def _read(self, screen: RegisteredScreen, context: HopContext, by: dict[str, Json]) -> object:
        msisdn = context.request.msisdn
        if screen.reads is paper:
            return await self._papers.check(msisdn, by["reference"], by["code"])
        assert screen.reads, "the caller has looked"
        return await screen.reads(self._records, msisdn, **by)

    async def draw_step(self, step: ShowScreen | ShowAgain, context: HopContext) -> RenderedPage:
        """Return the page to which a typed answer led."""
        return await self.draw(step.session, context, why=step.why if isinstance(step, ShowAgain) else None)

    def caller(self, session: Session, context: HopContext) -> Caller:
        """Return what every screen may know of the caller without a read."""
        options = self._options
        today = today_of(context.request.msisdn, self._now(), options.zone)
        return Caller(
            context.request.msisdn, options.service_code, options.country, options.currency, today, session.answers,
            options.zone, options.served, options.office, self._sms_limit,
            options.escrow,
        )  # fmt: skip


def result_of(
    conversation: Conversation, page: RenderedPage, context: HopContext, acted: str | None = None
) -> HopResult:
    """Return the result of a hop that is answered with `page`."""
    reply = UssdReply(page.text, page.ends)
    history_length = len(context.request.history)
    after = conversation.after(
        context.hop.key, history_length, reply, page.session, context.typed, page.english
    )  # fmt: skip
    return HopResult(after, reply, acted)

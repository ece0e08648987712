"""The language of a sender who has chosen none: they are answered, from the first text on, as they write."""

from contracts.rules.plan import Plan
from contracts.sms.vocabulary import Intent
from contracts.sms.written_language import written_language
from gateway.inbox.mo_context import MoContext
from storage.acts.rows import PersonRow
from values.frozen import replace
from values.ids import new_id


def speak_as_written(plan: Plan, context: MoContext) -> Plan:
    """Return `plan` with what it says to the sender in the language of the MO, which is kept as presumed.

    It is `plan` itself where the sender has chosen a language, chooses one with this MO, or shows none in it.
    """
    facts = context.facts
    has_chosen = (facts.language and not facts.language_presumed) or context.meaning.intent is Intent.LANGUAGE
    language = None if has_chosen else written_language(context.mo.text)
    if language is None:
        return plan
    own = next((each for each in plan.people if each.msisdn == context.sender), None)
    person = own or PersonRow(facts.phone_id or new_id(), context.sender)
    others = tuple(each for each in plan.people if each is not own)
    return replace(
        plan,
        people=(*others, replace(person, language=language, language_presumed=True)),
        notices=tuple(
            replace(notice, language=language) if notice.msisdn == context.sender else notice for notice in plan.notices
        ),
    )

"""Erases a person: two operators have to want it, and then it happens in one transaction, beside the session store."""

import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contracts.fields.msisdn import Msisdn
from contracts.proof.personal_data import MARK, number_pattern, payer_names, person_pattern
from gateway.commands.operator import CommandOperator
from gateway.commands.startup import StartError
from gateway.commands.subject_callbacks import forget_callbacks
from gateway.settings import Settings
from gateway.ussd import conversation as conversations
from storage import sessions
from storage.encryption import Encryptor
from storage.postgres import database
from storage.sessions import Sessions
from storage.subjects import SubjectRows, Traces

WANTED_FOR: Final = timedelta(days=7)  # after one operator has asked for an erasure, another has so long to agree


async def want_erased(
    connection: database.Connection, msisdn: Msisdn, now: datetime, who: CommandOperator
) -> bool:  # fmt: skip
    """Return whether another operator has wanted a person erased in the last seven days, so that it may happen; if
    nobody has, keep that `who` wants it. Raise StartError, with nothing kept, if they cannot be erased now.

    Who says it first is in the audit, too. Of two at the same moment the second sees the first.
    """
    rows = SubjectRows(connection)
    async with connection.transaction():
        phone_id = known_person(await rows.find(msisdn, to_change=True))
        await _check_may_be_erased(rows, phone_id, now)
        first = await rows.want_erased(phone_id, who.person, who.audit_name, now, since=now - WANTED_FOR)
        if first is None:
            await rows.note(phone_id, "subject.erasure_asked", now, operator=who.audit_name)
        return first is not None


async def erase_person(
    connection: database.Connection, settings: Settings, msisdn: Msisdn, now: datetime, operator: str | None = None
) -> list[str]:  # fmt: skip
    """Erase a person from the session store and, in one transaction, from the database. Return the places that still
    show them and that somebody must look at.

    Raise StartError, with nothing erased, if they are held, if a contract of theirs is not over, if money of theirs
    waits or moves, if a message to them is being sent, or if the session store does not answer.
    """
    rows = SubjectRows(connection)
    async with connection.transaction():
        phone_id = known_person(await rows.find(msisdn, to_change=True))
        await _check_may_be_erased(rows, phone_id, now)
        person = person_pattern(msisdn, await rows.names(phone_id))
        shows = re.compile(person, re.IGNORECASE)
        try:
            await _forget_sessions(settings, msisdn, shows)
        except sessions.UNAVAILABLE:
            raise StartError("REDIS_URL: the session store does not answer, so nothing was erased") from None
        payers = payer_names(msisdn)
        await forget_callbacks(rows, Encryptor(*settings.secret_keys), phone_id, payers, shows)
        left = await rows.erase(phone_id, Traces(number_pattern(msisdn), person, MARK, payers), now, operator)
    try:
        await _forget_sessions(
            settings, msisdn, shows
        )  # again: a call may have saved its session before the transaction ended
    except sessions.UNAVAILABLE:
        minutes = settings.session_ttl_seconds // 60
        left.append(f"the session store went away: a call of this moment ends in it by itself within {minutes} minutes")
    return left


async def _check_may_be_erased(rows: SubjectRows, phone_id: UUID, now: datetime) -> None:
    for held in await rows.holds(phone_id, now):
        what = f"contract {held.reference} is" if held.reference else "they are"
        raise StartError(f"{what} held since {held.since:%Y-%m-%d}: {held.reason}")
    if waiting := await rows.open_contracts(phone_id):
        raise StartError(f"not over yet, so nothing was erased: {', '.join(waiting)}")
    if waiting := await rows.open_money(phone_id):
        raise StartError(f"money waits, is owed or on its way, so nothing was erased: {', '.join(waiting)}")
    if await rows.is_being_sent_to(phone_id, now):
        raise StartError("a message to them is being sent at this moment: try again in a minute")


async def _forget_sessions(settings: Settings, msisdn: Msisdn, shows: re.Pattern[str]) -> None:
    assert settings.redis_url
    encryptor = Encryptor(*settings.secret_keys)
    client = sessions.open_client(settings.redis_url, most_connections=2, timeout_seconds=settings.redis_socket_timeout)
    store = Sessions(client, encryptor, ttl_seconds=settings.session_ttl_seconds, lock_seconds=1)
    callers = [each.keyed_hash("caller", msisdn) for each in encryptor.every]

    def is_about(plain: bytes) -> bool:
        """Whether a session is theirs, or shows them to somebody."""
        conversation = conversations.from_bytes(plain)
        if conversation is None:  # of a newer version of the code
            return bool(shows.search(plain.decode(errors="replace")))
        return conversation.caller in callers or bool(shows.search(conversations.as_text(conversation)))

    try:
        await store.forget(callers, is_about)
    finally:
        await store.close()


def known_person(phone_id: UUID | None) -> UUID:
    """Return the id; raise StartError if there is none."""
    if phone_id is None:
        raise StartError("we know nobody with this number")
    return phone_id

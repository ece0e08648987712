"""`voicepact recover`: a recovery code for a caller who forgot the PIN, given to them in person.

A new PIN needs both: the code and the phone. The phone gets an SMS that a code was given out, without the code. Who has
just got a new SIM of somebody else's number has the phone; so its SIM is checked first, and payouts wait after it.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from contracts import actions
from contracts.escrow.number_risk import Hold, HoldReason
from contracts.fields.msisdn import Msisdn, parse_msisdn
from contracts.notices import Notice, NoticeKind
from contracts.refusals import BadInput
from contracts.rules.plan import Plan
from gateway.commands.existing import check_secret_key, existing_servers, open_and_close_pool
from gateway.commands.operator import Operator, acting_operator, sign_in
from gateway.commands.startup import DATA_DIR, StartError, read_settings, running_service
from gateway.commands.terminal import echo, warn
from gateway.logs import set_up_logs
from gateway.number_risk.configured import CHECK_SECONDS, configured_checks, with_simulated_checks
from gateway.operators.scope import Scope
from gateway.outbox.compose import composer_of
from gateway.outgoing import open_client
from gateway.settings import Settings
from gateway.ussd.effect import recovery_key
from storage.acts.rows import ApiOnce, AuditRow, PersonRow
from storage.encryption import Encryptor
from storage.postgres import database
from storage.postgres.database import Pool
from storage.records import Records

_VALID_FOR = timedelta(hours=24)


def recover(
    msisdn: str, *, although_swapped: bool = False, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Give a caller, whom you know in person, a code with which they can choose a new PIN.

    Parameters
    ----------
    msisdn: the caller's number, in any form.
    although_swapped: give it though the SIM was changed lately, or nobody knows (the audit says that you did).
    """
    settings = read_settings()
    acting_operator(operator)  # a wrong name is told before anything is opened
    set_up_logs("WARNING", "console")
    try:
        caller = parse_msisdn(msisdn, settings.default_country)
    except BadInput:
        raise StartError("that is no mobile number") from None
    with existing_servers(settings, data_dir) as settings:
        check_secret_key(settings, data_dir)
        simulator_url = (running_service(data_dir) or {}).get("simulator_url")
        checked = with_simulated_checks(settings, simulator_url)
        code = asyncio.run(_sign_in_and_give(checked, caller, operator, although_swapped=although_swapped))
    echo(f"{code[:4]} {code[4:]}   (valid for a day, three tries; typed under Settings, Forgot PIN)")
    echo(f"payouts to this number wait for {settings.cooling_hours} hours from now, and from when the code is used")


async def _sign_in_and_give(
    settings: Settings, caller: Msisdn, operator: str | None, *, although_swapped: bool
) -> str:  # fmt: skip
    async def signed_in(pool: Pool) -> str:
        return (await sign_in(operator, pool, settings, Scope.PEOPLE)).audit_name

    assert settings.database_url
    who = await open_and_close_pool(settings.database_url, signed_in)
    return await _give_code(settings, caller, who, datetime.now(UTC), although_swapped=although_swapped)


async def _give_code(
    settings: Settings, caller: Msisdn, operator: str, now: datetime, *, although_swapped: bool = False
) -> str:  # fmt: skip
    assert settings.database_url
    pool = await database.open_pool(
        settings.database_url, smallest=1, largest=1, timeout_seconds=settings.database_timeout_seconds
    )  # fmt: skip
    try:
        code, records = f"{secrets.randbelow(10**8):08}", Records(pool)
        known = await records.caller(caller)
        sim = await _check_sim(settings, pool, known.id, caller, now, although_swapped) if known else {}
        key = recovery_key(Encryptor(*settings.secret_keys), code, known.id if known else None)
        found = await records.set_recovery_code(caller, key, now, now + _VALID_FOR) if known else None
        if found is None:
            raise StartError("this number has no PIN to recover: it can choose one by dialling")
        person_id, language = found
        notice = Notice(NoticeKind.RECOVERY, person_id, caller, language)
        once = ApiOnce(f"recovery-{secrets.token_hex(8)}", key.hex())
        audit = (AuditRow("pin.recovery_given", person_id, None, None, {"operator": operator, **sim}),)
        plan = Plan(people=(PersonRow(person_id, caller),), audit=audit)
        messages = composer_of(settings).compose((notice,), now)
        await actions.carry_out(records, plan, channel="api", now=now, api=once, messages=messages)
        await records.finish_waking_outbox()
        return code
    finally:
        await database.close_pool(pool, within_seconds=1.0)


async def _check_sim(
    settings: Settings, pool: Pool, person_id: UUID, caller: Msisdn, now: datetime, although_swapped: bool
) -> dict[str, str]:  # fmt: skip
    """Return what the audit should say of the caller's SIM. Raise StartError if it was changed lately, or nobody knows,
    unless the operator wants it all the same."""
    async with open_client(CHECK_SECONDS) as http:
        checks = configured_checks(settings, pool, http)
        if not checks.is_configured:
            warn("NUMBER_CHECKS is not set: nobody was asked whether the SIM of this number was changed")
            return {"sim": "not checked"}
        hold = await checks.recovery_hold(person_id, caller, now)
    if hold is None:
        return {"sim": "not changed lately"}
    if not although_swapped:
        raise StartError(f"{_why_refused(hold, settings)}; if you are sure who asks: --although-swapped")
    is_swapped = hold.why is HoldReason.SIM_SWAPPED
    return {"sim": "changed lately" if is_swapped else "not known", "although": "although-swapped"}


def _why_refused(hold: Hold, settings: Settings) -> str:
    if hold.since is None:
        return f"nobody says whether the SIM of this number was changed lately ({hold.note}): try again in a minute"
    since, until = (f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}" for at in (hold.since, hold.until))
    return f"the SIM of this number was changed at {since}: no code before {until} (COOLING_HOURS)"

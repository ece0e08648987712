"""`voicepact recover`: a recovery code for a caller who forgot the PIN, given to them in person.

A new PIN needs both: the code and the phone. The phone gets an SMS that a code was given out, without the code.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts import actions
from contracts.fields.msisdn import Msisdn, parse_msisdn
from contracts.notices import Notice, NoticeKind
from contracts.refusals import BadInput
from contracts.rules.plan import Plan
from gateway.commands.existing import check_secret_key, existing_servers
from gateway.commands.operator import Operator, acting_operator
from gateway.commands.startup import DATA_DIR, StartError, read_settings
from gateway.commands.terminal import echo
from gateway.outbox.compose import composer_of
from gateway.settings import Settings
from gateway.ussd.effect import recovery_key
from storage.acts.rows import ApiOnce, AuditRow, PersonRow
from storage.encryption import Encryptor
from storage.postgres import database
from storage.records import Records

_VALID_FOR = timedelta(hours=24)


def recover(msisdn: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Give a caller, whom you know in person, a code with which they can choose a new PIN.

    Parameters
    ----------
    msisdn: the caller's number, in any form.
    """
    settings, who = read_settings(), acting_operator(operator)
    try:
        caller = parse_msisdn(msisdn, settings.default_country)
    except BadInput:
        raise StartError("that is no mobile number") from None
    with existing_servers(settings, data_dir) as settings:
        check_secret_key(settings, data_dir)
        code = asyncio.run(_give_code(settings, caller, who, datetime.now(UTC)))
    echo(f"{code[:4]} {code[4:]}   (valid for a day, three tries; typed under Settings, Forgot PIN)")


async def _give_code(settings: Settings, caller: Msisdn, operator: str, now: datetime) -> str:
    assert settings.database_url
    pool = await database.open_pool(
        settings.database_url, smallest=1, largest=1, timeout_seconds=settings.database_timeout_seconds
    )  # fmt: skip
    try:
        code, records = f"{secrets.randbelow(10**8):08}", Records(pool)
        known = await records.caller(caller)
        key = recovery_key(Encryptor(*settings.secret_keys), code, known.id if known else None)
        found = await records.set_recovery_code(caller, key, now, now + _VALID_FOR) if known else None
        if found is None:
            raise StartError("this number has no PIN to recover: it can choose one by dialling")
        person_id, language = found
        notice = Notice(NoticeKind.RECOVERY, person_id, caller, language)
        once = ApiOnce(f"recovery-{secrets.token_hex(8)}", key.hex())
        audit = (AuditRow("pin.recovery_given", person_id, None, None, {"operator": operator}),)
        plan = Plan(people=(PersonRow(person_id, caller),), audit=audit)
        messages = composer_of(settings).compose((notice,), now)
        await actions.carry_out(records, plan, channel="api", now=now, api=once, messages=messages)
        await records.finish_waking_outbox()
        return code
    finally:
        await database.close_pool(pool, within_seconds=1.0)

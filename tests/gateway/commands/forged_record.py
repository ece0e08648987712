"""What an operator can do who has the database and both keys: write another past, and sign it so that it agrees."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from contracts.proof.canonical import sha256_hex
from contracts.proof.entries import message_hash
from contracts.proof.verify import shown_file_of, statement_of
from storage.postgres import database
from storage.postgres.database import Connection
from storage.signing import Signer
from tests.service import SIGNATURE_KEY

KEY = Signer.from_text(SIGNATURE_KEY)
_LOG = ("log_cosignatures", "log_timestamps", "log_witnesses", "log_checkpoints", "log_tiles", "log_state")
_OF_A_CONTRACT = (
    "contract_parties", "contract_signatures", "contract_forms", "form_codes", "confirmations", "sms_logs", "offers",
)  # fmt: skip
_WORDS = "SELECT c.*, t.salt, t.texts, t.words, t.typed, t.english FROM confirmations c"
_WORDS += " JOIN confirmation_texts t ON t.confirmation_id = c.id"


class Forger:
    """Edits rows without triggers. `signer`: signs words. Each hash that an edit changes is changed in the entries."""

    def __init__(self, db: Connection, signer: Signer = KEY) -> None:
        self.db, self.signer = db, signer
        self._swaps = list[tuple[str, str]]()

    def swap(self, old: str, new: str) -> None:
        """Write `new` for `old` in every entry."""
        self._swaps.append((old, new))

    async def finish(self, words: dict[Any, str]) -> None:
        """Sign every word anew, chain every entry anew and forget the log. `words`: the hashes of what was signed."""
        for row in await self.db.fetch(_WORDS):
            told = {**dict(row), "shown_sha256": hashlib.sha256(shown_file_of(dict(row))).digest()}
            statement = statement_of(told).signed_bytes
            await self.db.execute(
                "UPDATE confirmations SET shown_sha256 = $2, signature = $3, key_id = $4 WHERE id = $1",
                row["id"], told["shown_sha256"], self.signer.sign(statement), self.signer.key_id,
            )  # fmt: skip
            self.swap(row["shown_sha256"].hex(), told["shown_sha256"].hex())
            self.swap(words[row["id"]], sha256_hex(statement))
            self.swap(row["key_id"], self.signer.key_id)
        heads: dict[Any, tuple[bytes, int]] = {}
        for entry in await self.db.fetch("SELECT chain_id, seq, text FROM audit_logs ORDER BY chain_id, seq"):
            begins = hashlib.sha256(str(entry["chain_id"]).encode()).digest()
            before, count = heads.get(entry["chain_id"], (begins, 0))
            text = entry["text"]
            for old, new in self._swaps:
                text = text.replace(old, new)
            head = hashlib.sha256(before + text.encode()).digest()
            await self.db.execute(
                "UPDATE audit_logs SET text = $3, prev_hash = $4, hash = $5 WHERE chain_id = $1 AND seq = $2",
                entry["chain_id"], entry["seq"], text, before, head,
            )  # fmt: skip
            heads[entry["chain_id"]] = head, count + 1
        for table in ("contracts", "phones"):
            rows = [(chain, head, count) for chain, (head, count) in heads.items()]
            await self.db.executemany(f"UPDATE {table} SET head = $2, entries = $3 WHERE id = $1", rows)  # noqa: S608
        for table in _LOG:
            await self.db.execute(f"DELETE FROM {table}")  # noqa: S608


async def forge(url: str, edit: Callable[[Forger], Awaitable[None]], signer: Signer = KEY) -> None:
    """Make the record of the database `url` say what `edit` makes of it, and begin its log anew."""
    db = await database.connect(url)
    try:
        await database.set_json_codec(db)
        await db.execute("SET session_replication_role = replica")
        words = {row["id"]: sha256_hex(statement_of(dict(row)).signed_bytes) for row in await db.fetch(_WORDS)}
        forger = Forger(db, signer)
        await edit(forger)
        await forger.finish(words)
    finally:
        await db.close()


async def nothing(forger: Forger) -> None:
    """The rows stay: only the log begins anew, or another key signs."""
    key = forger.signer
    await forger.db.execute("DELETE FROM mo_receipts")  # a test's operator counts its SMS from 1 again
    await forger.db.execute(
        "INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING",
        key.key_id, key.public_key,
    )  # fmt: skip


async def smaller_amount(forger: Forger) -> None:
    """175,000.50 becomes 17,500.05: in the contract, its form, and every word that was said to it."""
    old, new = b'"total_minor":17500050', b'"total_minor":1750005'
    for row in await forger.db.fetch("SELECT contract_id, terms_version, form, sha256 FROM contract_forms"):
        form = row["form"].replace(old, new)
        await forger.db.execute(
            "UPDATE contract_forms SET form = $3, blake2b = $4 WHERE contract_id = $1 AND terms_version = $2",
            row["contract_id"], row["terms_version"], form, hashlib.blake2b(form, digest_size=32).digest(),
        )  # fmt: skip
        digest = hashlib.sha256(form).digest()
        await forger.db.execute(
            "UPDATE confirmations SET form_sha256 = $2 WHERE form_sha256 = $1", row["sha256"], digest
        )
        forger.swap(row["sha256"].hex(), digest.hex())
    await forger.db.execute("DELETE FROM form_codes")
    await forger.db.execute(
        "UPDATE contracts SET total_minor = 1750005, terms = terms || jsonb_build_object('total_minor', 1750005)"
    )
    forger.swap(old.decode(), new.decode())


async def other_texts(forger: Forger) -> None:
    """What a party was shown before their yes, and an SMS that they got."""
    await forger.db.execute("UPDATE confirmation_texts SET texts = $1", ["Do you take the goods as they are?"])
    row = await forger.db.fetchrow("SELECT id, text, salt FROM sms_logs WHERE kind = 'offered' AND salt IS NOT NULL")
    assert row
    await forger.db.execute("UPDATE sms_logs SET text = 'The goods are sold as they are' WHERE id = $1", row["id"])
    salt = row["salt"].hex()
    forger.swap(message_hash(row["text"], salt), message_hash("The goods are sold as they are", salt))


async def no_contract(forger: Forger) -> None:
    """The newest contract was never there."""
    contract_id = await forger.db.fetchval("SELECT id FROM contracts ORDER BY created_at DESC, id DESC LIMIT 1")
    await forger.db.execute(
        "DELETE FROM confirmation_texts t USING confirmations c WHERE c.id = t.confirmation_id AND c.contract_id = $1",
        contract_id,
    )
    for table in _OF_A_CONTRACT:
        await forger.db.execute(f"DELETE FROM {table} WHERE contract_id = $1", contract_id)  # noqa: S608
    await forger.db.execute("DELETE FROM audit_logs WHERE chain_id = $1", contract_id)
    await forger.db.execute("DELETE FROM contracts WHERE id = $1", contract_id)

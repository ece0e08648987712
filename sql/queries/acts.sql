-- name: apply
-- Write the acts of :acts, a jsonb array (storage/acts/rows.py), and return the ids of those that were written. Their
-- audit entries are apart, as parallel arrays: of which act, in which chain, by whom, and the text. An act is written as a
-- whole or not at all. It is written only if its contract still has the version that was decided on, and no
-- other transaction has locked that contract (it is about to change it, and to wait would delay the acts beside this
-- one); only if no other offer has its numbers among the offers of its maker and to its addressee; and only if its
-- cause (a hop, an MO, a REST request, a rail's receipt) has not been acted on before. Each part is for what some acts have (`parts_of`).
WITH acts AS (
    SELECT * FROM jsonb_to_recordset(jsonb_strip_nulls(:acts)) AS a(
        act_id uuid, at timestamptz, channel text, hop jsonb, mo jsonb, api jsonb, rail jsonb, people jsonb, contract jsonb,
        parties jsonb, change jsonb, signatures jsonb, confirmation jsonb, form jsonb, proposal jsonb, delivery jsonb,
        dispute jsonb, request jsonb, offer jsonb, block jsonb, money jsonb, messages jsonb)
)
-- part: change
, held AS (
    SELECT a.act_id, c.id AS contract_id, c.head, c.entries
    FROM acts a
    JOIN contracts c ON c.id = (a.change ->> 'contract_id')::uuid AND c.version = (a.change ->> 'version')::integer
    ORDER BY c.id
    FOR NO KEY UPDATE OF c SKIP LOCKED
)
-- end
-- part: contract
, offered AS (
    -- The unique numbers decide which of several offers at the same moment comes first; the others are decided again, and
    -- then a limit may refuse them. A copy of a hop that has acted gets none, because it writes no contract either.
    INSERT INTO offers (contract_id, maker_id, made_n, addressee_id, asked_n, at)
    SELECT (a.contract ->> 'id')::uuid, x.maker_id, x.made_n, x.addressee_id, x.asked_n, a.at
    FROM acts a, jsonb_to_record(a.offer) AS x(maker_id uuid, made_n integer, addressee_id uuid, asked_n integer)
    WHERE a.offer IS NOT NULL AND NOT EXISTS (SELECT FROM acted_hops h WHERE h.provider = a.hop ->> 'provider'
        AND h.session_id = a.hop ->> 'session_id' AND h.hop_key = decode(a.hop ->> 'hop_key', 'hex') AND h.act_id IS NOT NULL)
    ORDER BY x.addressee_id, x.maker_id, x.made_n
    ON CONFLICT DO NOTHING
    RETURNING contract_id
)
-- end
, ready AS (
    SELECT * FROM acts WHERE true
        -- part: change
        AND (change IS NULL OR act_id IN (SELECT act_id FROM held))
        -- end
        -- part: contract
        AND (offer IS NULL OR (contract ->> 'id')::uuid IN (SELECT contract_id FROM offered))
        -- end
)
-- part: people, hop
, people_held AS MATERIALIZED (
    -- Lock people before the hop's row, as phones.try_pins does: else two copies of one hop would wait for each other.
    SELECT id, head, entries FROM phones WHERE msisdn IN (SELECT p ->> 'msisdn' FROM ready, jsonb_array_elements(people) AS p)
    ORDER BY msisdn
    FOR NO KEY UPDATE
)
-- end
-- part: hop
, hop_once AS (
    INSERT INTO acted_hops AS h (provider, session_id, hop_key, at, act_id, reply, ends, session)
    SELECT x.provider, x.session_id, decode(x.hop_key, 'hex'), r.at, r.act_id, x.reply, x.ends, decode(x.session, 'base64')
    FROM ready r, jsonb_to_record(r.hop) AS x(
        provider text, session_id text, hop_key text, reply text, ends boolean, session text)
    WHERE r.hop IS NOT NULL AND (SELECT count(*) FROM people_held) >= 0
    ON CONFLICT (provider, session_id, hop_key) DO UPDATE
        SET at = EXCLUDED.at, act_id = EXCLUDED.act_id, reply = EXCLUDED.reply, ends = EXCLUDED.ends,
            session = EXCLUDED.session
        WHERE h.act_id IS NULL
    RETURNING act_id
)
-- end
-- part: mo
, mo_once AS (
    INSERT INTO mo_receipts (provider, message_id, act_id, at, is_undated)
    SELECT r.mo ->> 'provider', r.mo ->> 'message_id', r.act_id, r.at, coalesce((r.mo ->> 'is_undated')::boolean, false)
    FROM ready r WHERE r.mo IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING act_id
)
-- end
-- part: api
, api_once AS (
    INSERT INTO api_requests (key, fingerprint, act_id, contract_id, at)
    SELECT r.api ->> 'key', decode(r.api ->> 'fingerprint', 'hex'), r.act_id,
        coalesce(r.contract ->> 'id', r.change ->> 'contract_id')::uuid, r.at
    FROM ready r WHERE r.api IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING act_id
)
-- end
-- part: rail
, rail_once AS (
    INSERT INTO rail_receipts (rail, key, act_id, at)
    SELECT r.rail ->> 'rail', r.rail ->> 'key', r.act_id, r.at FROM ready r WHERE r.rail IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING act_id
)
-- end
, fresh AS (
    SELECT r.* FROM ready r WHERE r.act_id IN (
        SELECT NULL::uuid
        -- part: hop
        UNION ALL SELECT act_id FROM hop_once
        -- end
        -- part: mo
        UNION ALL SELECT act_id FROM mo_once
        -- end
        -- part: api
        UNION ALL SELECT act_id FROM api_once
        -- end
        -- part: rail
        UNION ALL SELECT act_id FROM rail_once
        -- end
    )
)
, entry AS MATERIALIZED (
    -- An entry's place is behind the head of its chain, which is in the row of a contract or a person that is locked.
    SELECT e.*, sha256(e.prev_hash || convert_to(e.text, 'UTF8')) AS hash
    FROM (
        SELECT r.act_id, r.at, x.chain_id, x.actor_id, x.text, coalesce(h.entries, 0) + 1 AS seq,
            coalesce(h.head, sha256(convert_to(x.chain_id::text, 'UTF8'))) AS prev_hash
        FROM fresh r
        JOIN unnest(:entry_acts::uuid[], :chains::uuid[], :actors::uuid[], :entries::text[])
            AS x(act_id, chain_id, actor_id, text) USING (act_id)
        LEFT JOIN (
            SELECT NULL::uuid AS id, NULL::bytea AS head, NULL::integer AS entries
            -- part: change
            UNION ALL SELECT contract_id, head, entries FROM held
            -- end
            -- part: people
            UNION ALL SELECT id, head, entries FROM people_held
            -- end
        ) AS h ON h.id = x.chain_id
    ) AS e
)
-- part: people
, people AS (
    INSERT INTO phones AS f (id, msisdn, language, language_presumed, pin_hash, pin_proved_at, pin_only, name,
        opted_out_at, opted_in_at, told_costs_at, created_at, head, entries)
    SELECT x.id, x.msisdn, x.language, x.language_presumed, x.pin_hash, x.pin_proved_at, x.pin_only, x.name,
        CASE WHEN x.opts_out THEN r.at END, CASE WHEN NOT x.opts_out THEN r.at END,
        CASE WHEN x.told_costs THEN r.at END, r.at, e.hash, coalesce(e.seq, 0)
    FROM fresh r
    CROSS JOIN LATERAL jsonb_to_recordset(r.people) AS x(
        id uuid, msisdn text, language text, language_presumed boolean, pin_hash text, pin_proved_at timestamptz,
        pin_only boolean, opts_out boolean, name text, told_costs boolean)
    LEFT JOIN entry e ON e.chain_id = x.id
    ORDER BY x.msisdn
    ON CONFLICT (msisdn) DO UPDATE
        -- A presumed language replaces none that was chosen.
        SET language = CASE WHEN EXCLUDED.language_presumed AND f.language IS NOT NULL AND f.language_presumed IS NOT TRUE
                THEN f.language ELSE coalesce(EXCLUDED.language, f.language) END,
            language_presumed = CASE
                WHEN EXCLUDED.language IS NULL THEN f.language_presumed
                WHEN EXCLUDED.language_presumed AND f.language IS NOT NULL THEN f.language_presumed
                ELSE EXCLUDED.language_presumed END,
            pin_only = coalesce(EXCLUDED.pin_only, f.pin_only),
            name = coalesce(EXCLUDED.name, f.name),
            opted_out_at = coalesce(EXCLUDED.opted_out_at, f.opted_out_at),
            opted_in_at = coalesce(EXCLUDED.opted_in_at, f.opted_in_at),
            refused_on = CASE WHEN EXCLUDED.opted_in_at IS NULL THEN f.refused_on ELSE '{}' END,
            told_costs_at = coalesce(f.told_costs_at, EXCLUDED.told_costs_at),
            head = coalesce(EXCLUDED.head, f.head),
            entries = greatest(EXCLUDED.entries, f.entries),
            -- A hash with a time says that this PIN was typed right; a hash without a time is a new PIN. It is bound to
            -- the person's id: where another request made this person meanwhile, under another id, it is left out.
            pin_hash = CASE WHEN EXCLUDED.pin_proved_at IS NULL AND EXCLUDED.id = f.id
                THEN coalesce(EXCLUDED.pin_hash, f.pin_hash) ELSE f.pin_hash END,
            pin_proved_at = CASE
                WHEN EXCLUDED.pin_hash IS NULL THEN f.pin_proved_at
                WHEN EXCLUDED.pin_proved_at IS NULL THEN CASE WHEN EXCLUDED.id <> f.id THEN f.pin_proved_at END
                WHEN EXCLUDED.pin_hash = f.pin_hash THEN EXCLUDED.pin_proved_at
                ELSE f.pin_proved_at END,
            pin_tries = CASE WHEN EXCLUDED.pin_hash IS NULL THEN f.pin_tries ELSE 0 END,
            pin_locked_until = CASE WHEN EXCLUDED.pin_hash IS NULL THEN f.pin_locked_until END
    RETURNING id, msisdn
)
-- end
, known AS (
    SELECT NULL::uuid AS id, NULL::text AS msisdn WHERE false
    -- part: people
    UNION ALL SELECT id, msisdn FROM people
    -- end
)
-- part: contract
, made AS (
    INSERT INTO contracts (id, reference, type, terms, total_minor, currency, source, created_at, next_what, next_at,
        head, entries)
    SELECT x.id, x.reference, x.type, x.terms, x.total_minor, x.currency, r.channel, r.at, x.next_what, x.next_at,
        e.hash, coalesce(e.seq, 0)
    FROM fresh r
    CROSS JOIN LATERAL jsonb_to_record(r.contract) AS x(
        id uuid, reference text, type text, terms jsonb, total_minor bigint, currency text, next_what text,
        next_at timestamptz)
    LEFT JOIN entry e ON e.chain_id = x.id
    WHERE r.contract IS NOT NULL
    RETURNING id
)
-- end
-- part: change
, changed AS (
    UPDATE contracts c
    SET version = c.version + 1,
        status = x.status,
        confirmed_at = CASE WHEN x.status = 'CONFIRMED' THEN coalesce(c.confirmed_at, r.at) ELSE c.confirmed_at END,
        active_at = CASE WHEN 'ACTIVE' IN (x.status, x.through) THEN coalesce(c.active_at, r.at) ELSE c.active_at END,
        completed_at = CASE x.status WHEN 'COMPLETED' THEN coalesce(c.completed_at, r.at) ELSE c.completed_at END,
        cancelled_at = CASE x.status WHEN 'CANCELLED' THEN coalesce(c.cancelled_at, r.at) ELSE c.cancelled_at END,
        expired_at = CASE x.status WHEN 'EXPIRED' THEN coalesce(c.expired_at, r.at) ELSE c.expired_at END,
        disputed_at = CASE WHEN x.status = 'DISPUTED' THEN coalesce(c.disputed_at, r.at) ELSE c.disputed_at END,
        terms = coalesce(x.terms, c.terms),
        terms_version = coalesce(x.terms_version, c.terms_version),
        total_minor = coalesce(x.total_minor, c.total_minor),
        currency = coalesce(x.terms ->> 'currency', c.currency),
        delivered_at = CASE WHEN x.delivered THEN r.at ELSE c.delivered_at END,
        settled_quantity = coalesce(x.settled::numeric, c.settled_quantity),
        next_what = x.next_what,
        next_at = x.next_at,
        clock_stopped_at = x.clock_stopped_at,
        clock_stopped_by = x.clock_stopped_by,
        clock_started_at = CASE WHEN x.clock_started THEN r.at ELSE c.clock_started_at END,
        head = coalesce(e.hash, c.head),
        entries = coalesce(e.seq, c.entries)
    FROM fresh r
    CROSS JOIN LATERAL jsonb_to_record(r.change) AS x(
        contract_id uuid, version integer, status text, through text, terms jsonb, terms_version integer,
        total_minor bigint, delivered boolean, next_what text, next_at timestamptz, settled text,
        clock_stopped_at timestamptz, clock_stopped_by uuid, clock_started boolean)
    LEFT JOIN entry e ON e.chain_id = x.contract_id
    WHERE r.change IS NOT NULL AND c.id = x.contract_id
    RETURNING c.id
)
-- end
-- part: other
, blocked AS (
    INSERT INTO blocks (phone_id, blocked_phone_id, at)
    SELECT x.phone_id, x.blocked_id, r.at
    FROM fresh r, jsonb_to_record(r.block) AS x(phone_id uuid, blocked_id uuid, blocks boolean)
    WHERE x.blocks
    ON CONFLICT DO NOTHING
)
, unblocked AS (
    DELETE FROM blocks b
    USING fresh r, jsonb_to_record(r.block) AS x(phone_id uuid, blocked_id uuid, blocks boolean)
    WHERE NOT x.blocks AND b.phone_id = x.phone_id AND b.blocked_phone_id = x.blocked_id
)
, proposed AS (
    INSERT INTO contract_proposals (contract_id, n, kind, terms, by_id, consented, waiting, status, created_at,
        settled_at, split_minor)
    SELECT x.contract_id, x.n, x.kind, x.terms, x.by_id, x.consented, x.waiting, x.status, r.at,
        CASE x.status WHEN 'pending' THEN NULL ELSE r.at END, x.split_minor
    FROM fresh r, jsonb_to_record(r.proposal) AS x(
        contract_id uuid, n integer, kind text, terms jsonb, by_id uuid, consented uuid[], waiting uuid[],
        status text, split_minor bigint)
    WHERE r.proposal IS NOT NULL
    ON CONFLICT (contract_id, n) DO UPDATE
        SET consented = EXCLUDED.consented, waiting = EXCLUDED.waiting, status = EXCLUDED.status, settled_at = EXCLUDED.settled_at
)
, delivered AS (
    INSERT INTO deliveries (id, contract_id, phone_id, kind, quantity, evidence, at)
    SELECT r.act_id, x.contract_id, x.phone_id, x.kind, x.quantity::numeric, x.evidence, r.at
    FROM fresh r, jsonb_to_record(r.delivery) AS x(
        contract_id uuid, phone_id uuid, kind text, quantity text, evidence jsonb)
    WHERE r.delivery IS NOT NULL
)
, disputed AS (
    INSERT INTO disputes AS d (id, contract_id, opened_by, words, status, opened_at)
    SELECT x.id, x.contract_id, x.opened_by, x.words, x.status, r.at
    FROM fresh r, jsonb_to_record(r.dispute) AS x(
        id uuid, contract_id uuid, opened_by uuid, words text, status text, is_new boolean)
    WHERE x.is_new
)
, settled_dispute AS (
    UPDATE disputes d
    SET status = x.status, decision = x.decision, split_minor = x.split_minor, reasons = x.reasons,
        decided_at = CASE WHEN d.status IN ('open', 'appealed') AND (x.status = 'decided' OR x.ended = 'decided') THEN r.at
            ELSE d.decided_at END,
        replies = x.replies, escalated_at = x.escalated_at, ended = x.ended, settled_n = x.settled_n,
        appealed_by = coalesce(x.appealed_by, d.appealed_by), appeal_words = coalesce(x.appeal_words, d.appeal_words),
        appealed_at = CASE WHEN x.appeal_words IS NULL THEN d.appealed_at ELSE r.at END,
        closed_at = CASE x.status WHEN 'closed' THEN r.at END
    FROM fresh r, jsonb_to_record(r.dispute) AS x(
        id uuid, status text, decision text, split_minor bigint, reasons text, appealed_by uuid, appeal_words text,
        replies jsonb, escalated_at timestamptz, ended text, settled_n integer, is_new boolean)
    WHERE d.id = x.id AND NOT x.is_new
)
, requested AS (
    -- If the party was asked too soon before, a CHECK refuses this row, and with it the whole act.
    INSERT INTO contract_requests AS q (contract_id, phone_id, asked_at)
    SELECT x.contract_id, x.phone_id, r.at
    FROM fresh r, jsonb_to_record(r.request) AS x(contract_id uuid, phone_id uuid)
    WHERE r.request IS NOT NULL
    ON CONFLICT (contract_id, phone_id) DO UPDATE SET asked_before = q.asked_at, asked_at = EXCLUDED.asked_at
)
-- end
-- part: contract, other
, joined AS (
    INSERT INTO contract_parties (contract_id, phone_id, role, name, since, salt)
    SELECT coalesce(r.contract ->> 'id', r.change ->> 'contract_id')::uuid, coalesce(p.id, x.phone_id), x.role, x.name, r.at,
        coalesce(decode(x.salt, 'hex'), uuid_send(gen_random_uuid()))
    FROM fresh r, jsonb_to_recordset(r.parties) AS x(phone_id uuid, msisdn text, role text, name text, salt text)
    LEFT JOIN known p ON p.msisdn = x.msisdn
    RETURNING contract_id
)
-- end
-- part: contract
, asked AS (
    INSERT INTO contract_signatures (contract_id, phone_id, status, settled_at)
    SELECT (r.contract ->> 'id')::uuid, coalesce(p.id, x.phone_id), x.signature,
        CASE x.signature WHEN 'pending' THEN NULL ELSE r.at END
    FROM fresh r, jsonb_to_recordset(r.parties) AS x(phone_id uuid, msisdn text, signature text)
    LEFT JOIN known p ON p.msisdn = x.msisdn
    WHERE x.signature IS NOT NULL
    RETURNING contract_id
)
-- end
-- part: change
, settled AS (
    UPDATE contract_signatures s
    SET status = x.status, settled_at = r.at
    FROM fresh r, jsonb_to_recordset(r.signatures) AS x(contract_id uuid, phone_id uuid, status text)
    WHERE s.contract_id = x.contract_id AND s.phone_id = x.phone_id
    RETURNING s.contract_id
)
-- end
-- part: contract, other
, formed AS (
    INSERT INTO contract_forms (contract_id, terms_version, form, blake2b, made_at)
    SELECT x.contract_id, x.terms_version, convert_to(x.text, 'UTF8'), decode(x.blake2b, 'hex'), r.at
    FROM fresh r, jsonb_to_record(r.form) AS x(contract_id uuid, terms_version integer, text text, blake2b text)
    WHERE r.form IS NOT NULL
    ON CONFLICT (contract_id, terms_version) DO NOTHING
)
-- end
-- part: confirmation
, said AS (
    INSERT INTO confirmations (id, contract_id, phone_id, answer, channel, provider, network_code, conversation,
        language, menu_version, answered_at, terms_version, subject, form_sha256, shown_sha256, signature, key_id,
        contract_version, details, format, pin, messages)
    SELECT r.act_id, x.contract_id, coalesce(p.id, x.phone_id), x.answer, r.channel, x.provider, x.network_code,
        x.conversation, x.language, x.menu_version, r.at, x.terms_version, x.subject, decode(x.proof ->> 'form', 'hex'),
        decode(x.proof ->> 'shown', 'hex'), decode(x.proof ->> 'signature', 'hex'), x.proof ->> 'key_id',
        x.contract_version, x.details, (x.proof ->> 'format')::smallint, x.pin, x.messages
    FROM fresh r, jsonb_to_record(r.confirmation) AS x(
        contract_id uuid, phone_id uuid, msisdn text, answer text, provider text, network_code text,
        conversation text, language text, menu_version text, terms_version integer, subject text, proof jsonb,
        contract_version integer, details jsonb, pin text, messages uuid[])
    LEFT JOIN known p ON p.msisdn = x.msisdn
    WHERE r.confirmation IS NOT NULL
    RETURNING contract_id
)
, seen AS (
    INSERT INTO confirmation_texts (confirmation_id, salt, texts, words, typed, english)
    SELECT r.act_id, decode(r.confirmation #>> '{proof,salt}', 'hex'), r.confirmation -> 'shown', r.confirmation ->> 'words',
        r.confirmation -> 'typed', r.confirmation -> 'english'
    FROM fresh r
    WHERE r.confirmation IS NOT NULL
)
-- end
, audited AS (
    INSERT INTO audit_logs (chain_id, seq, at, actor_id, act_id, prev_hash, hash, text)
    SELECT chain_id, seq, at, actor_id, act_id, prev_hash, hash, text FROM entry
)
-- part: money
, payment_made AS (
    INSERT INTO payments (id, contract_id, status, due_minor, fee_minor, currency, created_at)
    SELECT x.id, x.contract_id, x.status, x.due_minor, x.fee_minor, x.currency, r.at
    FROM fresh r, jsonb_to_record(r.money -> 'payment') AS x(
        id uuid, contract_id uuid, status text, due_minor bigint, fee_minor bigint, currency text, is_new boolean)
    WHERE x.is_new
)
, payment_moved AS (
    UPDATE payments p
    SET status = x.status, due_minor = x.due_minor, fee_minor = x.fee_minor,
        locked_at = coalesce(p.locked_at, CASE WHEN x.is_locked THEN r.at END),
        ended_at = coalesce(p.ended_at, CASE WHEN x.status IN ('RELEASED', 'REFUNDED', 'FAILED') THEN r.at END)
    FROM fresh r, jsonb_to_record(r.money -> 'payment') AS x(
        id uuid, status text, due_minor bigint, fee_minor bigint, is_new boolean, is_locked boolean)
    WHERE p.id = x.id AND NOT x.is_new
)
, ordered AS (
    INSERT INTO transfers (id, contract_id, kind, phone_id, amount_minor, currency, status, due_at, rail, own_id, receipt,
        payer, returns, retries, created_at, ended_at)
    SELECT x.id, x.contract_id, x.kind, x.phone_id, x.amount_minor, x.currency, x.status,
        CASE x.status WHEN 'done' THEN NULL ELSE coalesce(x.not_before, r.at) END, x.rail, x.own_id, x.receipt, x.payer,
        x.returns, x.retries, r.at, CASE x.status WHEN 'done' THEN r.at END
    FROM fresh r, jsonb_to_recordset(r.money -> 'transfers') AS x(
        id uuid, contract_id uuid, kind text, phone_id uuid, amount_minor bigint, currency text, status text,
        not_before timestamptz, rail text, own_id text, receipt text, payer text, returns uuid, retries uuid)
)
, transfers_ended AS (
    UPDATE transfers t
    SET status = x.status, ended_at = coalesce(t.ended_at, r.at), receipt = coalesce(x.receipt, t.receipt),
        rail_id = coalesce(x.rail_id, t.rail_id), reason = x.reason, code = coalesce(x.code, t.code),
        words = coalesce(x.words, t.words), contract_id = coalesce(x.contract_id, t.contract_id),
        amount_minor = CASE x.status WHEN 'done' THEN x.amount_minor ELSE t.amount_minor END,
        due_at = NULL, leased_until = NULL, held_why = NULL
    FROM fresh r, jsonb_to_recordset(r.money -> 'ended') AS x(
        id uuid, status text, receipt text, rail_id text, reason text, code text, words text, contract_id uuid,
        amount_minor bigint)
    WHERE t.id = x.id
)
, posted AS (
    INSERT INTO ledger_entries (posting, account, scope, amount_minor, currency, transfer_id, act_id, at)
    SELECT x.posting, side.account, side.scope, side.amount_minor, x.currency, x.transfer_id, r.act_id, r.at
    FROM fresh r
    CROSS JOIN LATERAL jsonb_to_recordset(r.money -> 'postings') AS x(
        posting uuid, debit text, credit text, scope uuid, to_scope uuid, amount_minor bigint, currency text,
        transfer_id uuid)
    CROSS JOIN LATERAL (VALUES (x.debit, x.scope, -x.amount_minor), (x.credit, x.to_scope, x.amount_minor))
        AS side(account, scope, amount_minor)
)
-- end
-- part: messages
, written AS (
    INSERT INTO sms_logs (id, direction, phone_id, raw_sender, shortcode, text, language, kind, contract_id, act_id,
        status, segments, provider, provider_message_id, network_code, due_at, created_at, class, priority, expires_at,
        encoding, estimate, reply_provider, salt, provider_sent_at, english)
    SELECT x.id, x.direction, coalesce(p.id, x.phone_id), x.raw_sender, x.shortcode, x.text, x.language, x.kind,
        x.contract_id, r.act_id, CASE x.direction WHEN 'in' THEN 'received' ELSE 'queued' END, x.segments, x.provider,
        x.provider_message_id, x.network_code, CASE x.direction WHEN 'out' THEN coalesce(x.not_before, r.at) END, r.at, x.message_class,
        x.priority, x.expires_at, x.encoding, x.estimate, x.reply_provider, decode(x.salt, 'hex'),
        x.provider_sent_at, x.english
    FROM fresh r, jsonb_to_recordset(r.messages) AS x(
        id uuid, direction text, phone_id uuid, msisdn text, raw_sender text, shortcode text, text text,
        language text, kind text, contract_id uuid, segments smallint, provider text, provider_message_id text,
        network_code text, message_class text, priority smallint, expires_at timestamptz, encoding text, estimate text,
        not_before timestamptz, reply_provider text, salt text, provider_sent_at timestamptz, english text)
    LEFT JOIN known p ON p.msisdn = x.msisdn
    RETURNING id
)
-- end
SELECT act_id FROM fresh;

-- name: saved_reply
-- What a hop that has acted was answered, so that its repeat gets the same answer. No row: it has not acted.
SELECT reply, ends, session FROM acted_hops
WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key AND act_id IS NOT NULL;

-- name: has_tried_pin
-- Whether this hop has tried a PIN, right or wrong.
SELECT EXISTS (SELECT FROM acted_hops WHERE provider = :provider AND session_id = :session_id AND hop_key = :hop_key);

-- name: knows_a_hop
-- Whether a hop of this session with one of the keys :hop_keys has acted, has tried a PIN or was given a promise.
SELECT EXISTS (SELECT FROM acted_hops WHERE provider = :provider AND session_id = :session_id AND hop_key = ANY (:hop_keys::bytea[]))
    OR EXISTS (SELECT FROM promises WHERE provider = :provider AND session_id = :session_id AND hop_key = ANY (:hop_keys::bytea[]));

-- name: outcome_of_hop
-- What a hop that has acted came to: the contract that it made, or that it acted on (:contract_id), and whether an SMS of
-- the act tells :msisdn. No row: the act was refused.
WITH act AS (
    SELECT h.act_id, coalesce(:contract_id, c.contract_id) AS contract_id
    FROM acted_hops h LEFT JOIN confirmations c ON c.id = h.act_id
    WHERE h.provider = :provider AND h.session_id = :session_id AND h.hop_key = :hop_key
)
SELECT act.contract_id, EXISTS (SELECT FROM sms_logs m JOIN phones f ON f.id = m.phone_id
    WHERE m.contract_id = act.contract_id AND m.act_id = act.act_id AND f.msisdn = :msisdn) AS is_told
FROM act
WHERE EXISTS (SELECT FROM audit_logs a WHERE a.chain_id = act.contract_id AND a.act_id = act.act_id);

-- name: of_phone
-- What sources said of the SIM of :phone_id when asked after :since: of each source the newest answer that says something, and
-- the newest of the others; newest first.
SELECT source, asked_at, status, swapped_at, looked_back, why FROM (
    SELECT DISTINCT ON (source, status IN ('swapped', 'not_swapped')) * FROM number_checks
    WHERE phone_id = :phone_id AND asked_at > :since
    ORDER BY source, status IN ('swapped', 'not_swapped'), asked_at DESC, id DESC
) AS newest
ORDER BY asked_at DESC, id DESC;

-- name: recovered_at
-- When the PIN of :phone_id was last recovered.
SELECT recovered_at FROM phones WHERE id = :phone_id;

-- name: add_answer
-- Keep what :source said at once, when asked about :phone_id at :now.
INSERT INTO number_checks (id, phone_id, source, status, asked_at, answered_at, swapped_at, looked_back, why)
VALUES (:check_id, :phone_id, :source, :status, :now, :now, :swapped_at, :looked_back, :why);

-- name: add_question
-- Keep that :source was asked about :phone_id at :asked_at, and will call back with :request_id; it may have done so already.
INSERT INTO number_checks AS c (id, phone_id, source, request_id, status, asked_at)
VALUES (:check_id, :phone_id, :source, :request_id, 'asked', :asked_at)
ON CONFLICT (source, request_id) DO UPDATE SET phone_id = EXCLUDED.phone_id, asked_at = EXCLUDED.asked_at WHERE c.phone_id IS NULL;

-- name: answer_question
-- Keep the answer of :source to :request_id, which came at :now. The first answer counts. Returns whether it is the first.
INSERT INTO number_checks AS c (id, source, request_id, status, asked_at, answered_at, swapped_at, looked_back, why)
VALUES (:check_id, :source, :request_id, :status, :now, :now, :swapped_at, :looked_back, :why)
ON CONFLICT (source, request_id) DO UPDATE
SET status = EXCLUDED.status, answered_at = EXCLUDED.answered_at, swapped_at = EXCLUDED.swapped_at,
    looked_back = EXCLUDED.looked_back, why = EXCLUDED.why
WHERE c.status = 'asked'
RETURNING true;

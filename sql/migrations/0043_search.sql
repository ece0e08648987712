-- Why: an operator finds a contract by words in its terms or by words that were said about it, and what has changed since a time.
-- The words of terms are indexed with the form, which is written once, and not with the contract, of which each step would write
-- the index again. What is erased is erased from an index, too: nothing is copied. Locks: contract_forms, confirmation_texts and
-- audit_logs, while their indexes are made (some four seconds for 100,000 contracts on a busy machine). Order: before the code; older code may run on.

-- up

-- The words of the product and the place in the canonical form of a contract's terms. The language is `simple`, which only splits
-- and folds: texts are in five languages. Any bytes that are UTF-8 have an answer, also those that are no form.
CREATE FUNCTION form_words(form bytea) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple'::regconfig,
    coalesce(substring(convert_from(form, 'UTF8') FROM '"product":"([^"]*)"'), '') || ' '
    || coalesce(substring(convert_from(form, 'UTF8') FROM '"delivery_place":"([^"]*)"'), ''));

CREATE INDEX contract_forms_words ON contract_forms USING gin (form_words(form));
CREATE INDEX confirmation_texts_words ON confirmation_texts USING gin (to_tsvector('simple'::regconfig, words))
    WHERE words IS NOT NULL;
CREATE INDEX audit_logs_newest ON audit_logs (at);

-- down

DROP INDEX audit_logs_newest;
DROP INDEX confirmation_texts_words;
DROP INDEX contract_forms_words;
DROP FUNCTION form_words(bytea);

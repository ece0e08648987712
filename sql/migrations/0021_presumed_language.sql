-- Why: the language of a person who has chosen none is presumed, from what they write or from who offers them a contract;
-- a later choice must win over it, and the menus go on offering the choice. Locks: phones, briefly. Order: before the
-- code.

-- up

ALTER TABLE phones ADD COLUMN language_presumed boolean,  -- NULL: there is no language, or an older version stored it
    ADD CONSTRAINT phones_language_presumed_check CHECK (language IS NOT NULL OR language_presumed IS NULL);

-- down

ALTER TABLE phones DROP COLUMN language_presumed;

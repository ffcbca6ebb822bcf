-- What a person asks a document for in SQL: the record in `body` stays what the program reads. Filled from the records
-- by the code of this migration, and by every later write. `published` is NULL where the publisher does not say it.
ALTER TABLE document
    ADD COLUMN title     text,
    ADD COLUMN address   text,
    ADD COLUMN lang      text,
    ADD COLUMN source    text,
    ADD COLUMN published timestamptz;

-- What operators changed at run time: appended to, never changed. The override of a member is its newest row, while that is no 'unset'.
CREATE TABLE configuration_changes (
    revision      INTEGER     NOT NULL,               -- one for each change; two who change at once cannot both have it
    ordinal       INTEGER     NOT NULL,               -- a change may touch several members
    path          TEXT        NOT NULL,
    action        TEXT        NOT NULL CHECK (action IN ('set', 'unset')),
    value_before  TEXT,                               -- JSON, in effect before; null: the member was not there
    value_after   TEXT,                               -- JSON, set to; a JSON null takes the member away
    changed_by    TEXT        NOT NULL,
    reason        TEXT,
    changed_at    TEXT        NOT NULL,
    PRIMARY KEY (revision, ordinal)
) WITHOUT ROWID;

CREATE INDEX configuration_changes_path ON configuration_changes (path, revision);

CREATE TRIGGER configuration_changes_no_update BEFORE UPDATE ON configuration_changes
BEGIN
    SELECT RAISE(ABORT, 'configuration_changes is an audit and can only be appended to');
END;

CREATE TRIGGER configuration_changes_no_delete BEFORE DELETE ON configuration_changes
BEGIN
    SELECT RAISE(ABORT, 'configuration_changes is an audit and can only be appended to');
END;

-- Which configuration each running process works with, and why not with a newer one. Processes are the rows of workers.
CREATE TABLE configuration_states (
    worker_id    TEXT        PRIMARY KEY,
    host         TEXT        NOT NULL,
    roles        TEXT        NOT NULL,
    source       TEXT        NOT NULL,
    revision     INTEGER     NOT NULL,                -- in use
    refused      INTEGER,                             -- the revision that could not be used; null: none
    faults       TEXT,                                -- of a refused revision or file, a line each
    changed_at   TEXT        NOT NULL
) WITHOUT ROWID;

-- Which of an account's keys was used, by its place in the configuration; null: there is only one.
ALTER TABLE attempt_ends ADD COLUMN provider_key TEXT;

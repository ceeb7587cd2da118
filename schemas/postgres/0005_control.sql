-- What operators changed at run time: appended to, never changed. The override of a member is its newest row, while that is no 'unset'.
CREATE TABLE configuration_changes (
    revision      bigint      NOT NULL,               -- one for each change; two who change at once cannot both have it
    ordinal       integer     NOT NULL,               -- a change may touch several members
    path          text COLLATE "C" NOT NULL,
    action        text        NOT NULL CHECK (action IN ('set', 'unset')),
    value_before  text,                               -- JSON, in effect before; null: the member was not there
    value_after   text,                               -- JSON, set to; a JSON null takes the member away. Text, since jsonb loses the order
    changed_by    text        NOT NULL,
    reason        text,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (revision, ordinal)
);

CREATE INDEX configuration_changes_path ON configuration_changes (path, revision);

CREATE FUNCTION llm_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '% is an audit and can only be appended to', TG_TABLE_NAME;
END
$body$;

CREATE TRIGGER configuration_changes_append_only BEFORE UPDATE OR DELETE ON configuration_changes
    FOR EACH ROW EXECUTE FUNCTION llm_refuse_change();

-- Which configuration each running process works with, and why not with a newer one. Processes are the rows of workers.
CREATE TABLE configuration_states (
    worker_id    uuid        PRIMARY KEY,
    host         text        NOT NULL,
    roles        text        NOT NULL,
    source       text        NOT NULL,
    revision     bigint      NOT NULL,                -- in use
    refused      bigint,                              -- the revision that could not be used; null: none
    faults       text,                                -- of a refused revision or file, a line each
    changed_at   timestamptz NOT NULL
);

-- Which of an account's keys was used, by its place in the configuration; null: there is only one.
ALTER TABLE attempt_ends ADD COLUMN provider_key text;

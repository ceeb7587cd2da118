-- When a run must have ended, so that one whose message is gone can be found and ended.
ALTER TABLE claims ADD COLUMN deadline TEXT;

UPDATE claims SET deadline = (
    SELECT max(r.deadline) FROM requests r
    WHERE r.tenant = claims.tenant AND r.request_id = claims.request_id AND r.run = claims.run)
WHERE state <> 4;

CREATE INDEX claims_deadline ON claims (deadline);

-- Cancellations of requests, or of groups with requests, that no router had accepted yet. They hold for what is accepted between the two
-- times, and are dropped after the second.
CREATE TABLE cancellations (
    tenant  TEXT  NOT NULL,
    kind    TEXT  NOT NULL CHECK (kind IN ('request', 'group')),
    id      TEXT  NOT NULL,
    since   TEXT  NOT NULL,
    until   TEXT  NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) WITHOUT ROWID;

-- One row: up to which deadline every run has been seen to end.
CREATE TABLE sweeps (
    overdue_until  TEXT  NOT NULL
);

INSERT INTO sweeps (overdue_until) VALUES ('1970-01-01 00:00:00+00:00');

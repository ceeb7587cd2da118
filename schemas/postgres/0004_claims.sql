-- When a run must have ended, so that one whose message is gone can be found and ended. Set with the claim and then left alone:
-- its index does not stand in the way of updates that stay on their page.
ALTER TABLE claims ADD COLUMN deadline timestamptz;

UPDATE claims c SET deadline = (
    SELECT max(r.deadline) FROM requests r WHERE r.tenant = c.tenant AND r.request_id = c.request_id AND r.run = c.run)
WHERE state <> 4;

CREATE INDEX claims_deadline ON claims (deadline);

-- Cancellations of requests, or of groups with requests, that no router had accepted yet. They hold for what is accepted between the two
-- times, and are dropped after the second.
CREATE TABLE cancellations (
    tenant  text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL CHECK (kind IN ('request', 'group')),
    id      text COLLATE "C" NOT NULL,
    since   timestamptz NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

-- One row: up to which deadline every run has been seen to end.
CREATE TABLE sweeps (
    overdue_until  timestamptz NOT NULL
);

INSERT INTO sweeps (overdue_until) VALUES ('1970-01-01 00:00:00+00');

-- Version 2: what a lost answer, a retry and somebody's word leave behind.

-- How often an entry was sent and no answer came while we listened: a bound on sending it again.
ALTER TABLE entries ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
-- 1 where somebody said that the platform has the entry: then no task need ever show it.
ALTER TABLE entries ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0;

-- Tasks that failed and whose entries were sent anew: the platform still lists them, and nobody may
-- take one for the task of the new request.
CREATE TABLE retired_tasks (
  endpoint TEXT NOT NULL,
  task_id TEXT NOT NULL,
  entry_id INTEGER NOT NULL REFERENCES entries,
  PRIMARY KEY (endpoint, task_id)
) WITHOUT ROWID;

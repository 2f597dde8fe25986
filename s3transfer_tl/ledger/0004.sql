-- Version 4: entries that move together and whose numbers follow each other share one event, from `entry_id`
-- up to `last_id`; NULL there: it is about that one entry.
ALTER TABLE events ADD COLUMN last_id INTEGER REFERENCES entries;

-- What happened to each entry, entry by entry. Those of one event have its number.
CREATE VIEW moves AS
SELECT v.id, e.id AS entry_id, v.batch_id, v.time, v.state, v.status, v.task_id, v.message, e.object, e.index_id
FROM events v CROSS JOIN entries e ON e.id BETWEEN v.entry_id AND ifnull(v.last_id, v.entry_id);

-- Most moves are planned, sending, accepted, ready: only what is looked for by its state is in an index, and how
-- many entries are in a state is counted as they move.
DROP INDEX entries_by_state;
DROP INDEX entries_unknown;
DROP INDEX entries_accepted;
CREATE INDEX entries_afoot ON entries (state, index_id, name)
  WHERE state <> 'planned' AND state <> 'sending' AND state <> 'ready';
CREATE INDEX events_sending ON events (batch_id) WHERE state = 'sending';
CREATE TABLE tallies (state TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO tallies SELECT state, count(*) FROM entries GROUP BY state;

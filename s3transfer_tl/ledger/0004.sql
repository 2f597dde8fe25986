-- Version 4: entries that move together and whose numbers follow each other share one event, from `entry_id`
-- up to `last_id`; NULL there: it is about that one entry.
ALTER TABLE events ADD COLUMN last_id INTEGER REFERENCES entries;

-- What happened to each entry, entry by entry. Those of one event have its number.
CREATE VIEW moves AS
SELECT v.id, e.id AS entry_id, v.batch_id, v.time, v.state, v.status, v.task_id, v.message, e.object, e.index_id
FROM events v CROSS JOIN entries e ON e.id BETWEEN v.entry_id AND ifnull(v.last_id, v.entry_id);

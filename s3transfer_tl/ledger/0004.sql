-- Version 4: entries that move together and whose numbers follow each other share one event, from `entry_id`
-- up to `last_id`; NULL there: it is about that one entry.
ALTER TABLE events ADD COLUMN last_id INTEGER REFERENCES entries;

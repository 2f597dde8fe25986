-- Version 3: moving an entry no longer rewrites the index of names. Only what is looked for by name is in one.
DROP INDEX entries_by_name;
CREATE INDEX entries_unknown ON entries (endpoint, index_id, name) WHERE state = 'unknown';
CREATE INDEX entries_accepted ON entries (endpoint, index_id, name) WHERE state = 'accepted';

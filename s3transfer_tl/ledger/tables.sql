-- Version 1 of the ledger. A later version adds a numbered file; this one is never edited.

-- One row a command that planned something.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  manifest TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  version TEXT NOT NULL,
  began REAL NOT NULL,
  ended REAL,
  exit_code INTEGER
);

-- One row a request. The intent is three readings of our clock, and `since` its reading by the
-- platform's clock: tasks of this batch cannot be older.
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  since REAL NOT NULL,
  intent_wall REAL NOT NULL,
  intent_tick REAL NOT NULL,
  intent_boot TEXT NOT NULL
);

CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  index_id TEXT NOT NULL,
  language TEXT NOT NULL,
  object TEXT NOT NULL,
  object_etag TEXT,
  transcription TEXT,
  transcription_etag TEXT,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'planned', 'sending', 'accepted', 'rejected', 'unknown', 'held', 'indexing', 'ready', 'failed')),
  status TEXT,
  task_id TEXT,
  message TEXT,
  batch_id INTEGER REFERENCES batches,
  looks INTEGER NOT NULL DEFAULT 0,
  looked_wall REAL,
  looked_tick REAL,
  looked_boot TEXT,
  updated REAL NOT NULL
);
CREATE INDEX entries_by_state ON entries (state);
CREATE INDEX entries_by_object ON entries (endpoint, index_id, object);
CREATE INDEX entries_by_name ON entries (endpoint, index_id, name, state);
CREATE UNIQUE INDEX entries_by_task ON entries (endpoint, task_id) WHERE task_id IS NOT NULL;

-- What a run is about, in the manifest's order.
CREATE TABLE run_entries (
  run_id INTEGER NOT NULL REFERENCES runs,
  entry_id INTEGER NOT NULL REFERENCES entries,
  position INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX run_entries_once ON run_entries (run_id, entry_id);

-- What happened to each request, in order; never changed afterwards.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  batch_id INTEGER NOT NULL REFERENCES batches,
  time REAL NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('intent', 'accepted', 'rejected', 'refused', 'lost')),
  http_status INTEGER,
  code TEXT,
  message TEXT
);

-- What happened to each entry, in order; never changed afterwards.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  entry_id INTEGER NOT NULL REFERENCES entries,
  batch_id INTEGER REFERENCES batches,
  time REAL NOT NULL,
  state TEXT NOT NULL,
  status TEXT,
  task_id TEXT,
  message TEXT
);

CREATE TRIGGER attempts_stay BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts only grow'); END;
CREATE TRIGGER attempts_last BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts only grow'); END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events only grow'); END;
CREATE TRIGGER events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events only grow'); END;

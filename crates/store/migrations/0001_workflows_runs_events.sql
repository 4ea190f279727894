CREATE TABLE workflows (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    revision BIGINT NOT NULL,
    graph TEXT NOT NULL,
    node_count BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);

CREATE TABLE workflow_versions (
    workflow_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    graph TEXT NOT NULL,
    PRIMARY KEY (workflow_id, revision)
);

CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    workflow_id TEXT COLLATE "C" NOT NULL,
    workflow_revision BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    failure TEXT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    wake_at_ms BIGINT
);

CREATE INDEX runs_by_workflow ON runs (workflow_id, id);
CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_unfinished ON runs (workflow_id) WHERE ended_at_ms IS NULL;

CREATE TABLE journal (
    run_id TEXT COLLATE "C" NOT NULL,
    first_index BIGINT NOT NULL,
    entry_count BIGINT NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (run_id, first_index)
);

CREATE TABLE blobs (
    sha256 TEXT COLLATE "C" PRIMARY KEY,
    byte_count BIGINT NOT NULL,
    bytes BYTEA NOT NULL
);

CREATE TABLE blob_refs (
    run_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, sha256)
);

CREATE INDEX blob_refs_by_blob ON blob_refs (sha256);

CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    run_id TEXT COLLATE "C",
    workflow_id TEXT COLLATE "C",
    events TEXT NOT NULL
);

CREATE INDEX events_by_run ON events (run_id, seq) WHERE run_id IS NOT NULL;

CREATE TABLE settings (
    key TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);

-- The vectors of memories, by the model at a provider that made them: whoever builds an index pays for none twice.
CREATE TABLE memory_vectors (
    encoder   text NOT NULL,
    memory_id bigint NOT NULL REFERENCES memories ON DELETE CASCADE,
    vector    bytea NOT NULL, -- 32-bit floats, the lowest byte first
    PRIMARY KEY (encoder, memory_id)
);
CREATE INDEX memory_vectors_by_memory ON memory_vectors (memory_id); -- for the cascade

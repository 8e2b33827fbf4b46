"""The vector index of remembered plans: Chroma in this process's memory, built from the rows in PostgreSQL."""

from collections.abc import Sequence
from uuid import uuid4

import chromadb
from chromadb.config import Settings

from intelligent_office.seams import Vectors

_BATCH = 1000


class MemoryIndex:
    """Finds memories by what their objective says. Every verb may take long: call it in a thread."""

    def __init__(self, dimensions: int) -> None:
        """Make an empty one for vectors of so many dimensions."""
        self.dimensions = dimensions
        client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))
        # All clients of a process share one store, so the name must be nobody else's.
        self._memories = client.create_collection(
            f"memories-{uuid4()}", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        self._discard = client.delete_collection

    def add(self, memories: Sequence[tuple[int, str]], vectors: Vectors) -> None:
        """Add memories, each with its id, its tenant and the vector of its objective."""
        for start in range(0, len(memories), _BATCH):
            batch = memories[start : start + _BATCH]
            self._memories.upsert(
                ids=[str(memory_id) for memory_id, _ in batch],
                metadatas=[{"tenant": tenant} for _, tenant in batch],
                embeddings=vectors[start : start + _BATCH],
            )

    def nearest(self, tenant: str, vector: Vectors, limit: int) -> dict[int, float]:
        """The similarity of the tenant's memories that come closest, by id; best first."""
        found = self._memories.query(
            query_embeddings=vector, n_results=limit, where={"tenant": tenant}, include=["distances"]
        )
        distances = (found["distances"] or [[]])[0]
        return {int(name): 1.0 - distance for name, distance in zip(found["ids"][0], distances, strict=True)}

    def remove(self, memory_ids: Sequence[int]) -> None:
        """Forget memories whose rows are gone."""
        self._memories.delete(ids=[str(memory_id) for memory_id in memory_ids])

    def close(self) -> None:
        """Free the memory."""
        self._discard(self._memories.name)

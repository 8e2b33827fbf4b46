"""Vectors made in this process: they lie close together when the texts mean, or at least say, the same."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from importlib import import_module
from typing import Any, Protocol

import numpy

from intelligent_office.models.catalogue import MINILM
from intelligent_office.seams import Vectors

DIMENSIONS = 384

_WORD = re.compile(r"\w+")
_NGRAM_SIZES = (3, 4)
_NGRAM_WEIGHT = 0.25
"""A word has about five times as many n-grams as itself; they catch inflections and typing errors."""


class LocalEmbedder(Protocol):
    def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, each of length 1. May take long: call it in a thread."""
        ...


class HashEmbedder:
    """Counts words and groups of letters in hashed buckets: knows no synonyms, and needs no model."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = numpy.zeros((len(texts), DIMENSIONS), dtype=numpy.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for (feature, weight), times in Counter(_features(text)).items():
                digest = int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest())
                sign = 1.0 if digest & 1 else -1.0  # so that features sharing a bucket cancel out on average
                vector[(digest >> 1) % DIMENSIONS] += sign * weight * times**0.5
            length = numpy.linalg.norm(vector)
            if length:
                vector /= length
            else:
                vector[0] = 1.0  # a text without a word is like another, and cosine needs a direction
        return vectors


class MiniLMEmbedder:
    """Sentence-BERT: knows what sentences mean. Comes with the optional extra `minilm`."""

    def __init__(self) -> None:
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self._model is None:
            # Late, because it loads a neural network.
            self._model = import_module(MINILM[1]).load_model(device="cpu")
        vectors: Vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return vectors


LOCAL: dict[str, type[LocalEmbedder]] = {"hash": HashEmbedder, "minilm": MiniLMEmbedder}


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(text.casefold()):
        yield word, 1.0
        framed = f"<{word}>"
        for size in _NGRAM_SIZES:
            for start in range(len(framed) - size + 1):
                yield framed[start : start + size], _NGRAM_WEIGHT

import subprocess
import sys
from importlib.util import find_spec

import numpy
import pytest

from intelligent_office.errors import InvalidSetting
from intelligent_office.models.catalogue import MINILM, Catalogue
from intelligent_office.models.embedding.local import HashEmbedder, MiniLMEmbedder
from tests.models.asking import settings
from tests.requirements import require_module


def test_texts_that_share_words_are_closer_than_texts_that_share_none():
    wanted, near, far = HashEmbedder().embed(
        ["Trace the calls from main to save", "Trace calls from main to load", "Convert 30 euros to dollars"]
    )
    assert wanted @ near > 0.5 > wanted @ far


def test_an_inflected_word_is_closer_than_another_word():
    wanted, near, far = HashEmbedder().embed(["calculate", "calculated", "weather"])
    assert wanted @ near > wanted @ far + 0.2


@pytest.mark.parametrize("text", ["Some words", "", "!?", "日本語", "a" * 100_000])
def test_every_text_gets_a_vector_of_length_one(text):
    (vector,) = HashEmbedder().embed([text])
    assert vector.shape == (384,)
    assert numpy.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_another_process_makes_the_same_vector():
    """Python's own hashes differ from process to process."""
    script = (
        "from intelligent_office.models.embedding.local import HashEmbedder\n"
        "print(HashEmbedder().embed(['Trace the calls'])[0].tobytes().hex())"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == HashEmbedder().embed(["Trace the calls"])[0].tobytes().hex()


def test_no_texts_make_no_vectors():
    assert HashEmbedder().embed([]).shape == (0, 384)


def test_hash_is_chosen_by_name_even_where_minilm_is_installed():
    assert str(Catalogue.load(settings(embedder="hash")).encoder) == "hash"


@pytest.mark.skipif(all(find_spec(name) for name in MINILM), reason="the extra `minilm` is installed")
def test_minilm_without_its_packages_names_what_to_install():
    with pytest.raises(InvalidSetting, match="extra `minilm`"):
        Catalogue.load(settings(embedder="minilm"))
    assert str(Catalogue.load(settings()).encoder) == "hash"


def test_minilm_finds_the_same_meaning_in_other_words():
    for name in MINILM:
        require_module(name)
    wanted, near, far = MiniLMEmbedder().embed(["Which functions call it?", "Find all callers", "Bake a cake"])
    assert wanted @ near > wanted @ far

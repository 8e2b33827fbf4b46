"""Headers: those of C are read as C++, which says nearly the same."""

import tree_sitter_cpp

from intelligent_office.analyzer.languages.cpp import Cpp
from intelligent_office.analyzer.languages.language import Language

LANGUAGE = Language("header", tree_sitter_cpp.language, "tree-sitter-cpp", Cpp)

"""TypeScript with elements in it, which has a grammar of its own."""

import tree_sitter_typescript

from intelligent_office.analyzer.languages.language import Language
from intelligent_office.analyzer.languages.typescript import TypeScript

LANGUAGE = Language("tsx", tree_sitter_typescript.language_tsx, "tree-sitter-typescript", TypeScript)

"""Sums in words: rewritten, row by row, into an expression for the calculator."""

import re
from typing import Any

from intelligent_office.models.rules.grammar import KINDS, Clause
from intelligent_office.models.rules.situation import Call, Situation

_RESULT = "\ue000"
"""Stands for an earlier result while an expression is put together."""

_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_OPERAND = rf"(?:[-+]?(?:{_NUMBER})(?![\d.])|{_RESULT}|[a-z]{{0,9}}\([^()]*\))"
_LIST = rf"{_OPERAND}(?:(?:,? and |, ?){_OPERAND})+"
_FUNCTIONS = "sqrt|sin|cos|tan|asin|acos|atan|log10|log2|log|ln|exp|abs|round|min|max|factorial|floor|ceil"
_CONSTANTS = "pi|tau|e"
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {
    **{word: number for number, word in enumerate(_UNITS.split())},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), 2)},
    "a hundred": 100,
    "a thousand": 1000,
    "a million": 1_000_000,
}
_ASKS = re.compile(
    r"(?:(?:what|how much|how many)(?:'s|’s| is| are| does)?|calc(?:ulate)?|compute|evaluate|work out|solve"
    r"|find(?: out)?|give me|tell me|determine|figure out|do the (?:math|sum)|show me|get(?: me)?)"
    r"(?: (?:what|how much)(?: is)?)?(?: (?:the )?(?:exact )?(?:value|result|answer|outcome)(?: of| to| for| is)?"
    r"(?! (?:times|plus|minus|divided|multiplied)))?:? ",
    re.IGNORECASE,
)


def _rows(*rows: tuple[str, str]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(source, re.IGNORECASE), replacement) for source, replacement in rows]


SPELLINGS = _rows(
    (r"[×·∙⋅]", "*"),
    (r"÷", "/"),
    (r"[−–]", "-"),
    (r"²", " ** 2"),
    (r"³", " ** 3"),
    (r"√ ?", "square root of "),
    (r"π", "pi"),
    (rf"({_NUMBER}) million\b", r"(\1 * 1000000)"),
    (rf"({_NUMBER}) thousand\b", r"(\1 * 1000)"),
    (rf"({_NUMBER}) hundred\b", r"(\1 * 100)"),
    (rf"(?<=[\d){_RESULT}]) x (?=[\d(.{_RESULT}])|(?<=[\d)])(?<!\b0)x(?=[\d(])", " * "),
    (r"\bper ?cent\b|(?<=\d) %", "%"),
)
"""Ways to write numbers and signs."""

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

REWRITES = _rows(
    (rf"(?:the )?cube root of ({_OPERAND})", r"(\1 ** (1 / 3))"),
    (rf"(?:the )?(?:square )?root of ({_OPERAND})", r"sqrt(\1)"),
    (rf"(?:the )?square of ({_OPERAND})", r"(\1 ** 2)"),
    (rf"(?:the )?cube of ({_OPERAND})", r"(\1 ** 3)"),
    (rf"(?:the )?factorial of ({_OPERAND})", r"factorial(\1)"),
    (rf"({_OPERAND}) factorial\b", r"factorial(\1)"),
    (rf"(?<![\w)])({_NUMBER})!(?!=)", r"factorial(\1)"),
    (rf"(?:the )?absolute value of ({_OPERAND})", r"abs(\1)"),
    (rf"(?:the )?natural log(?:arithm)? of ({_OPERAND})", r"ln(\1)"),
    (rf"(?:the )?sine of ({_OPERAND})", r"sin(\1)"),
    (rf"(?:the )?cosine of ({_OPERAND})", r"cos(\1)"),
    (rf"(?:the )?tangent of ({_OPERAND})", r"tan(\1)"),
    (rf"^(?:square|squared?) ({_OPERAND})$", r"(\1 ** 2)"),
    (rf"^cube ({_OPERAND})$", r"(\1 ** 3)"),
    (rf"^halve ({_OPERAND})$", r"(\1 / 2)"),
    (rf"^(?:increase|raise) ({_OPERAND}) by ({_NUMBER}) ?%", r"(\1 * (1 + \2 / 100))"),
    (rf"^(?:decrease|reduce|lower) ({_OPERAND}) by ({_NUMBER}) ?%", r"(\1 * (1 - \2 / 100))"),
    (rf"^(?:increase|raise) ({_OPERAND}) by ({_OPERAND})$", r"(\1 + \2)"),
    (rf"^(?:decrease|reduce|lower) ({_OPERAND}) by ({_OPERAND})$", r"(\1 - \2)"),
    (rf"({_NUMBER}) ?% of ({_OPERAND})", r"(\2 * \1 / 100)"),
    (rf"({_NUMBER}) ?%(?= ?[*)]|$)", r"(\1 / 100)"),
    (rf"(?:one )?half of ({_OPERAND})", r"(\1 / 2)"),
    (rf"(?:a|one) third of ({_OPERAND})", r"(\1 / 3)"),
    (rf"(?:a|one) quarter of ({_OPERAND})", r"(\1 / 4)"),
    (rf"(?:the )?(?:double|twice)(?: of)? ({_OPERAND})", r"(2 * \1)"),
    (rf"(?:the )?triple(?: of)? ({_OPERAND})", r"(3 * \1)"),
    (rf"({_OPERAND}) squared\b", r"(\1 ** 2)"),
    (rf"({_OPERAND}) cubed\b", r"(\1 ** 3)"),
    (r"\b(?:raised )?to the (?:power(?: of)?) ", "** "),
    (r"\braised to ", "** "),
    (r"\b(?:multiplied by|multiplied with|times)\b", "*"),
    (r"\b(?:divided by|over)\b", "/"),
    (r"\bplus\b", "+"),
    (r"\b(?:minus|less)\b", "-"),
    (r"\b(?:modulo|modulus|mod)\b", "%"),
    (r"^(.+?),? rounded$", r"round(\1)"),
    (r"^(.+?),? rounded to (\d+) (?:decimals?|digits|places|decimal places?|decimal digits)$", r"round(\1, \2)"),
    (r"^round (.+?) to (\d+) (?:decimals?|digits|places|decimal places?|decimal digits)$", r"round(\1, \2)"),
    (r"^round (?!\()(.+)$", r"round(\1)"),
)
"""Words for operations, innermost first."""

_GATHERED = _rows(
    (rf"^(?:the )?(?:sum|total) of ({_LIST})$", " + "),
    (rf"^(?:the )?product of ({_LIST})$", " * "),
    (rf"^(?:the )?difference (?:of|between) ({_LIST})$", " - "),
    (rf"^(?:the )?(?:quotient|ratio) of ({_LIST})$", " / "),
    (rf"^(?:the )?(?:average|mean) of ({_LIST})$", "average"),
    (rf"^(?:the )?(?:maximum|max|largest|biggest|greatest) of ({_LIST})$", "max"),
    (rf"^(?:the )?(?:minimum|min|smallest|least) of ({_LIST})$", "min"),
)
"""Operations on a list of numbers."""

_VERBS = _rows(
    (r"(?:add|sum(?: up)?) (?P<a>.+?) (?:and|to|with|plus) (?P<b>.+)", "add"),
    (r"subtract (?P<b>.+?) from (?P<a>.+)", "subtract"),
    (r"take (?P<b>.+?) away from (?P<a>.+)", "subtract"),
    (r"multiply (?P<a>.+?) (?:by|with|and|times) (?P<b>.+)", "multiply"),
    (r"divide (?P<a>.+?) by (?P<b>.+)", "divide"),
)
_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_EARLIER = re.compile(rf"\b{KINDS['it']}(?!\w)", re.IGNORECASE)
_TOKEN = re.compile(
    rf"(?P<operand>(?:{_NUMBER})(?:e[-+]?\d+)?(?![\w.])|{_RESULT}|\b(?:{_CONSTANTS})\b(?! ?\())"
    rf"|(?P<function>\b(?:{_FUNCTIONS}) ?(?=\())|(?P<operator>\*\*|//|[-+*/%^,])|(?P<open>\()|(?P<close>\))| ",
    re.IGNORECASE,
)


def read(clause: Clause, situation: Situation) -> list[Call] | None:
    """A calculation, if the wish is one."""
    text = clause.masked + ("!" if clause.ends_with == "!" and clause.masked[-1:].isdigit() else "")
    if (
        not re.search(r"\d|\b(?:pi|e|tau|" + "|".join(_WORDS) + rf")\b|{KINDS['it']}", text, re.IGNORECASE)
        or _RESULT in text
    ):
        return None
    for verb, operation in _VERBS:
        found = verb.fullmatch(text)
        calls = _two_operands(operation, found["a"], found["b"], situation) if found else None
        if calls:
            return calls
    asked = _ASKS.match(text)
    wanted = expression(text[asked.end() :] if asked else text, situation)
    if wanted is None or _plain(wanted) == wanted or not (asked or _is_sum(wanted)):
        return None
    return [Call("math_calculator", {"expression": wanted})]


def _two_operands(operation: str, first: str, second: str, situation: Situation) -> list[Call] | None:
    a, b = expression(first, situation), expression(second, situation)
    if a is None or b is None:
        return None
    plain_a, plain_b = _plain(a), _plain(b)
    if plain_a is None or plain_b is None:
        return [Call("math_calculator", {"expression": f"({a}) {_SIGNS[operation]} ({b})"})]
    return [Call("calculator", {"operation": operation, "a": plain_a, "b": plain_b})]


def as_expression(inputs: dict[str, Any]) -> str:
    """The same calculation for an office that has no `calculator`, only a `math_calculator`."""
    a, b = (f"({value})" if isinstance(value, str) else str(value) for value in (inputs["a"], inputs["b"]))
    return f"{a} {_SIGNS[inputs['operation']]} {b}"


def expression(words: str, situation: Situation) -> str | None:
    """The words as an expression; None if they are none."""
    text = re.sub(r"(?: ?= ?\??| equals?| make| be| is)$", "", words.strip(), flags=re.IGNORECASE)
    spoken: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        spoken.append(found[0])
        return _RESULT

    text = _number_words(_EARLIER.sub(set_aside, text))
    if not re.search(r"[a-z]\(", text):  # in `max(1,200)` a comma parts two numbers
        text = _THOUSANDS.sub("", text)
    for pattern, replacement in (*SPELLINGS, *REWRITES):
        text = pattern.sub(replacement, text)
    text = _gathered(text.strip())
    if not _is_expression(text):
        return None
    if not spoken:
        return _tidy(text)
    reference = situation.number(spoken[0])
    return reference if text == _RESULT else _tidy(text).replace(_RESULT, f"({reference})")


def _number_words(text: str) -> str:
    tens = re.compile(rf"\b({'|'.join(_TENS.split())})[- ]({'|'.join(_UNITS.split()[1:10])})\b", re.IGNORECASE)
    text = tens.sub(lambda found: str(_WORDS[found[1].lower()] + _WORDS[found[2].lower()]), text)
    single = re.compile(rf"\b({'|'.join(_WORDS)})\b(?! (?:third|quarter|half)\b)", re.IGNORECASE)
    return single.sub(lambda found: str(_WORDS[found[1].lower()]), text)


def _gathered(text: str) -> str:
    for pattern, operation in _GATHERED:
        found = pattern.fullmatch(text)
        if found:
            numbers = re.findall(_OPERAND, found[1])
            if operation in ("max", "min"):
                return f"{operation}({', '.join(numbers)})"
            if operation == "average":
                return f"({' + '.join(numbers)}) / {len(numbers)}"
            return operation.join(numbers)
    return text


def _is_expression(text: str) -> bool:
    """Only numbers, signs and functions, no two numbers side by side, every parenthesis closed."""
    position = depth = 0
    after_operand = False
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            return False
        kind = found.lastgroup
        if (kind in ("operand", "function", "open") and after_operand) or (found[0] == "," and depth == 0):
            return False
        depth += {"open": 1, "close": -1}.get(kind or "", 0)
        if depth < 0:
            return False
        after_operand = kind in ("operand", "close") or (kind is None and after_operand)
        position = found.end()
    return after_operand and depth == 0


def _is_sum(text: str) -> bool:
    """Whether it works something out, and is not a bare number, a date or the number of a telephone."""
    return re.search(r"[-+*/%^(]", text[1:]) is not None and not re.fullmatch(
        r"\d{4}[-/]\d\d?[-/]\d\d?|\+?\d+(?:-\d{3,})+", text
    )


def _tidy(text: str) -> str:
    text = re.sub(r" {2,}", " ", text).strip()
    whole = re.fullmatch(r"\(([^()]*)\)", text)
    return whole[1] if whole else text


def _plain(text: str) -> int | float | str | None:
    """A number, or a reference on its own."""
    if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
        return text
    if re.fullmatch(rf"[-+]?(?:{_NUMBER})", text):
        return float(text) if "." in text else int(text)
    return None

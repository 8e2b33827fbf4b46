"""Arithmetic on what people type: exact where it can be, and bounded in every direction."""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable
from typing import Any, Literal

from simpleeval import FunctionNotDefined, InvalidExpression, NameNotDefined, SimpleEval

from intelligent_office.errors import ToolError

Number = int | float

LONGEST = 2_000
"""Characters of an expression."""
MOST_BITS = 10_000
"""Size of an integer: some 3 000 digits."""
MOST_FACTORIAL = 1_000


def evaluate(expression: str) -> Number:
    """The value of an arithmetic expression.

    Raises:
        ToolError: it is not one, it has no value, or working it out would take too long.
    """
    if len(expression) > LONGEST:
        raise ToolError(
            reason=f"The expression has {len(expression)} characters; {LONGEST} are the most that are worked out."
        )
    text = _readable(expression)
    try:
        value = _evaluator().eval(text, previously_parsed=_parse(text))
    except ToolError:
        raise
    except ZeroDivisionError:
        raise _refusal(expression, "it divides by zero") from None
    except (OverflowError, MemoryError, RecursionError):
        raise _refusal(expression, "it is too large or nested too deeply") from None
    except NameNotDefined as unknown:
        raise _refusal(expression, f"`{unknown.name}` is no number; {_KNOWN}") from None
    except FunctionNotDefined as unknown:
        raise _refusal(expression, f"there is no function `{unknown.func_name}`; {_KNOWN}") from None
    except ValueError as undefined:
        raise _refusal(expression, f"it has no value ({undefined})") from None
    except (InvalidExpression, SyntaxError, TypeError, KeyError, AttributeError):
        raise _refusal(expression, f"it is not plain arithmetic; {_KNOWN}") from None
    return checked(value, expression)


def calculate(operation: Literal["add", "subtract", "multiply", "divide"], a: Number, b: Number) -> Number:
    """One basic operation on two numbers.

    Raises:
        ToolError: the result does not exist or is too large.
    """
    sign = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}[operation]
    expression = f"{_brief(a)} {sign} {_brief(b)}"
    try:
        return checked(_CALCULATIONS[operation](a, b), expression)
    except ZeroDivisionError:
        raise _refusal(expression, "it divides by zero") from None
    except OverflowError:
        raise _refusal(expression, "it is too large") from None


def checked(value: Any, expression: str) -> Number:
    """The value, if it is a number of bearable size.

    Raises:
        ToolError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal(expression, f"it does not give a number; {_KNOWN}")
    if isinstance(value, float) and not math.isfinite(value):
        raise _refusal(expression, "it is too large" if math.isinf(value) else "its value is not a number")
    if isinstance(value, int):
        _bounded(value)
    return value


def shown(value: Number) -> str:
    """The number as people write it: no `.0`, no digits that only binary fractions brought in."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return f"{value:.15g}"


def _readable(expression: str) -> str:
    """The signs people use, as the ones Python knows."""
    text = expression.strip().rstrip("=").translate(_SIGNS)
    text = re.sub(r"(?<![\w.)])(\d{1,4})!(?!=)", r"factorial(\1)", text)
    text = re.sub(r"√\s*(\d+(?:\.\d+)?)", r"sqrt(\1)", text).replace("√", "sqrt")
    if re.search(r"[A-Za-z]", text):
        return text.strip()  # a comma may separate the arguments of a function
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text).strip()


_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "π": " pi ", "\n": " "})


def _parse(text: str) -> ast.AST:
    if not text:
        raise ToolError(reason="There is no expression to work out.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # "3(4)" is told as an error anyway
        return ast.parse(text, mode="eval").body


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ToolError(reason=f"A number on the way has more than {int(MOST_BITS * math.log10(2))} digits.")
    return value


def _power(base: Any, exponent: Any) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and base.bit_length() * exponent > 2 * MOST_BITS:
        raise ToolError(reason=f"{_brief(base)} to the power of {_brief(exponent)} is too large to work out.")
    value = base**exponent
    if isinstance(value, complex):
        raise ToolError(reason=f"{_brief(base)} to the power of {_brief(exponent)} is not a real number.")
    return _bounded(value)


def _factorial(number: Any) -> int:
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or number < 0:
        raise ToolError(reason=f"The factorial of {_brief(number)} is not defined.")
    if number > MOST_FACTORIAL:
        raise ToolError(
            reason=f"The factorial of {_brief(number)} is too large to work out; {MOST_FACTORIAL} is the most."
        )
    return math.factorial(number)


def _root(number: Any) -> Number:
    """The square root, exact for the squares of integers."""
    if isinstance(number, int) and number >= 0:
        root = math.isqrt(number)
        if root * root == number:
            return root
    return math.sqrt(number)


def _rounded(number: Any, digits: Any = None) -> Any:
    """Python would first work out ten to the power of the digits, also where nothing of the number can be left."""
    return 0 if isinstance(digits, int) and digits < -MOST_BITS else round(number, digits)


def _whole_division(dividend: Any, divisor: Any) -> Any:
    """An exact integer where there is one, else what the machine's fractions give."""
    if isinstance(dividend, int) and isinstance(divisor, int) and divisor != 0 and dividend % divisor == 0:
        return dividend // divisor
    return dividend / divisor


def _numbers_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse text and lists before the operator can make something long of them."""

    def guarded(*arguments: Any) -> Any:
        if not all(isinstance(argument, int | float) and not isinstance(argument, bool) for argument in arguments):
            raise TypeError("only numbers can be worked with")
        return _bounded(function(*arguments))

    return guarded


_UNGUARDED_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _whole_division,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}

_UNGUARDED_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": _root,
    "cbrt": math.cbrt,
    "abs": abs,
    "round": _rounded,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": min,
    "max": max,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "hypot": math.hypot,
    "degrees": math.degrees,
    "radians": math.radians,
    "log": math.log,
    "ln": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "exp": math.exp,
    "pow": _power,
    "factorial": _factorial,
    "gcd": math.gcd,
    "lcm": math.lcm,
}

_CALCULATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _whole_division,
}
_OPERATORS = {node: _numbers_only(function) for node, function in _UNGUARDED_OPERATORS.items()}
_FUNCTIONS = {name: _numbers_only(function) for name, function in _UNGUARDED_FUNCTIONS.items()}
_NAMES = {"pi": math.pi, "e": math.e, "tau": math.tau}
_KNOWN = f"numbers, + - * / // % ** ^, parentheses and these are known: {', '.join([*_NAMES, *_FUNCTIONS])}"


def _evaluator() -> SimpleEval:
    evaluator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=_NAMES)
    arithmetic = {ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant}
    evaluator.nodes = {node: visit for node, visit in evaluator.nodes.items() if node in arithmetic}
    return evaluator


def _refusal(expression: str, reason: str) -> ToolError:
    text = expression.strip()
    return ToolError(reason=f"`{text if len(text) <= 80 else text[:80] + '…'}` cannot be worked out: {reason}.")


def _brief(number: Any) -> str:
    if isinstance(number, int) and number.bit_length() > 200:
        return "a number of more than 60 digits"
    return str(number)

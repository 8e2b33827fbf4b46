"""How people speak of calls: the tables that `chains` looks parts of a wish up in."""

import re

from intelligent_office.models.rules.grammar import KINDS, NUMBER_WORDS, pattern
from intelligent_office.models.rules.phrase import QUOTED

_INSIDE = QUOTED[1:-1]
_SEPARATOR = r"(?:\.|::|#|\\)"
_IDENTIFIER = rf"(?:[\w./-]+\.\w+:\d+|(?:[\w./-]+:{{1,2}})?[^\W\d][\w$]*(?:{_SEPARATOR}[^\W\d][\w$]*)*)"
"""`file.py:12`, or a name as any of the languages writes it: `a.b`, `A::b`, `A#b`, `A\\b`, `a/b.ts:main`."""
_NOT_A_NAME = (
    r"(?!(?:the|an|is|are|be|for|with|when|by|at|then|who|what|which|that|where|how|it|in|to|of|from|and|any|every|each"
    r"|all|chains?|sequences?|paths?|graphs?|traces?|trees?|flows?|stack|order|hierarchy|functions?|methods?|into"
    r"|me|you|him|us|them|requests?|not|no|nobody|nothing|never|somebody|someone|anybody|anyone|everybody|between|does|python|code|points?|(?:in)?directly|transitively|recursively|eventually|finally|ever)\b(?![.:(]))"
)
_NOT_A_FOLDER = (
    r"(?!(?:the|this|that|a|an|order|which|python|code|it|my|our|files?|functions?|source|sources|project|detail|steps"
    r"|between|what|how|there|here|all)\b)"
)
_KIND = r"(?:function|method|coroutine|procedure|class|constructor)"
NAMED = rf"(?:(?:the )?(?:start(?:ing)?|end(?:ing)?|entry)? ?{_KIND} |the (?=\S+ {_KIND}\b))?"
"""What may stand before the name of a function. `the save` may be anything, `the save function` is one."""

_AFTER_PATH = r"(?=[,;:?!.)]*(?:\s|$))"
_COUNT = rf"\d{{1,4}}|{'|'.join(NUMBER_WORDS)}"

_KINDS = KINDS | {
    "function": rf"{NAMED}(?:{QUOTED}|{_NOT_A_NAME}{_IDENTIFIER}(?:\(\))?)(?![\w/])",
    "path": rf"(?:{QUOTED}|\.{{1,2}}(?=$|[\s,;:?])|[^\s,;{_INSIDE}]*/[^\s,;{_INSIDE}]*?|[\w./-]+\.py){_AFTER_PATH}",
    "folder": rf"{_NOT_A_FOLDER}[^\W_][\w.-]*?{_AFTER_PATH}",
    "count": _COUNT,
}
"""A `path` cannot be taken for anything else; a `folder` may be a bare word."""


def _phrases(*notations: str) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern(rf"(?<!\w){notation}", _KINDS) for notation in notations)


_POINT = "( ?(function|method|point|node|place|one))?( name)?"
_IS = "( (is|being|be|should be|must be|called|named|at|in|with|as|on)|:| ?=)?"
_BEGINNING = "(start|entry|source|first|beginning|origin)"
_ENDING = "(end|target|destination|final|last|goal|sink)"

STARTS = _phrases(
    f"(start(ing)?|entry|source|first|begin(ning)?|initial|origin){_POINT}{_IS} <start:function>",
    "(start(s|ing)?|begin(s|ning)?) (at|in|with|from|on) <start:function>",
    f"<start:function> ((is|as|being) )?the {_BEGINNING}\\b{_POINT}",
    f"<start:function> as {_BEGINNING}\\b{_POINT}",
    "(starts?|source|origin) ?[:=] ?<start:function>",
    "from <start:function>",
)
ENDS = _phrases(
    f"(end(ing)?|target|destination|final|last|goal|sink|terminal){_POINT}{_IS} <end:function>",
    "((end|finish|stop|terminate)(s|ing)?|finishes) (at|in|with|on|up in|up at) <end:function>",
    f"<end:function> ((is|as|being) )?the {_ENDING}\\b{_POINT}",
    f"<end:function> as {_ENDING}\\b{_POINT}",
    "(ends?|target|destination|goal) ?[:=] ?<end:function>",
    "((all the way |down |up )?to|until|till|(that |which )?(finally |eventually )?reach(es|ing)?) <end:function>",
)
_MAY = "((can|could|does|do|will|would|may|might|ever|eventually|finally|indirectly|is able to) )*"
_REACHES = (
    "(reach(es)?|gets? (down )?to|lead(s|ing)? to|ends? up (in|at|calling)|arrives? at|flows? (in)?to|comes? to( call)?"
    "|(is |are |be |gets? )?(connect(s|ed)?|linked) (to|with)|calls?( into)?|invokes?|triggers?)"
)
_REACHED = (
    "((is|be|gets?) )?(ever |eventually |finally |indirectly )?(reached|called|invoked|reachable) "
    "(from|by|(when )?starting (at|from|in)|beginning (at|with))"
)
PAIRS = _phrases(
    "from <start:function> ((all the way|down|up|through) )?(to|until|till|into|towards?) <end:function>",
    "to <end:function> (starting )?from <start:function>",
    "between <start:function> and <end:function>",
    "(connect|link|join|lead)(s|ing)? <start:function> (to|with|and) <end:function>",
    "(are|is) <start:function> and <end:function> (connected|linked|related)",
    "<start:function> and <end:function> (are|is|get) (connected|linked|related)",
    r"<start:function> ?(->|→|-->|=>|~>|⇒|>|…|\.\.\.) ?<end:function>",
    f"<end:function> {_REACHED} <start:function>",
    "<start:function> (takes|needs|follows|goes|makes) to (reach|get to|call|arrive at) <end:function>",
    "(from|at|with) <start:function>,? how (do|does|can|could|would) (i|we|you|one|it) "
    "((get|come|arrive) (to|at)|reach|end up (in|at)) <end:function>",
    f"<start:function> {_MAY}{_REACHES} <end:function>",
    "(chain|path|sequence|route|trace|calls|way) ((of|for) )?<start:function> to <end:function>",
)

_HOW = "(directly |indirectly |transitively )?"
_CALLS = "(calls?|invokes?|uses?|is calling|are calling)"
_CALLED = "(called|invoked|used)"
CALLERS = _phrases(
    f"(who|what|everything that|everyone who) (all )?{_HOW}{_CALLS} <name:function>",
    f"(which|what|all|the)*( |\\b)(functions?|methods?|code|places?)( that| which)? {_HOW}{_CALLS} <name:function>",
    "callers? (of|for) <name:function>",
    "<name:function>['’]s callers",
    f"(from )?where <name:function> (is|gets|was) {_CALLED}( from)?",
    f"from (where|which functions?) (is|are|does|was) (called )?<name:function>( {_CALLED})?",
    f"(from )?where (is|does) <name:function> (get )?{_CALLED}( from)?",
    f"(is )?<name:function> (is )?{_CALLED} by( (what|whom|who|which functions?))?$",
    f"(by )?(what|whom|which functions?) is <name:function> {_CALLED}( by)?",
    "calls (to|of) <name:function>",
)
CALLEES = _phrases(
    f"(what|which)( (functions?|methods?|code))? (does|do|will|is) <name:function> {_HOW}(call|invoke|use|calling)s?",
    "callees? (of|for) <name:function>",
    "<name:function>['’]s callees",
    f"(functions?|methods?|what|everything)( that)? (is |are )?{_HOW}{_CALLED} (by|from|in|inside) <name:function>",
    "(calls?|invocations?) (made|done) (by|in|from) <name:function>",
    f"(everything|functions?|what) (that )?<name:function> {_HOW}(calls?|invokes?|uses?)",
)

_BUNDLE = "(folder|directory|dir|package|project|repo|repository|codebase)"
_CODE = (
    "(files?|code|sources?|code ?base|module|program|tree|path|folder|directory|dir|package|project|repo|repository)"
)
_LANGUAGE = (
    "(python|javascript|js|typescript|ts|java|golang|go|c|c\\+\\+|cpp|rust|c#|csharp|ruby|php)( and (python|javascript"
    "|typescript|java|go|c|c\\+\\+|rust|c#|ruby|php))?"
)
LANGUAGES = _phrases(
    f"((the|all|my|our|these|any|every) )*{_LANGUAGE} (source )?(files?|code|sources?|modules?)(?!\\w)"
)
"""The analyzer reads all of its languages wherever it looks, so these words say nothing that it must be told."""

_INTO = "(in|of|under|at|from|inside|within|below)"
_WHICH = "(the|all|my|our|its|whole|entire|source|existing)"
_OF_CODE = f"({_WHICH} )*({_CODE}( (is|called|named))?( ?[:=])?( {_INTO})? )*(the )?"
_LOOK = "(analy[sz]e|scan|inspect|parse|read|study|look at|look into|examine|search|check|go through|take)"

HERE = _phrases(
    "((in|of|under|for|inside|within) )?(this|the current|the working|my|our|the present) (working )?"
    "(folder|directory|project|repo|repository|code|codebase|package|program)\\b",
    "here\\b",
)
FOLDERS = _phrases(
    f"(in|under|inside|within|below|at|of|for|from|across|over|through|throughout|into|on) {_OF_CODE}<path>",
    f"{_CODE} ?(is |=|:)? ?<path>",
    f"{_LOOK} {_OF_CODE}<path>",
    "<path>",
    f"(in|under|inside|within|below|of) the <folder> {_BUNDLE}\\b",
    f"(in|of|for|from|given|using|use|have) (the )?{_BUNDLE} (called |named )?<folder>",
    f"{_BUNDLE} ?(is|=|:) ?<folder>",
    f"(in|under|inside|within|below) {_OF_CODE}<folder>",
)

_CHAINS = "(call )?(chains?|paths?|sequences?|routes?|ways?)"
_SUCH = "(the |shortest |different |possible |best |distinct )*"
LIMITS = _phrases(
    f"(up to |at most |the |max(imum)? )*<count> {_SUCH}{_CHAINS}\\b",
    "limit(ed)?( to| is| of|:)? <count>\\b",
    f"(?P<every>all|every|several|multiple) {_SUCH}{_CHAINS}\\b",
)
DEPTHS = _phrases(
    "(up to |to |with |at )?(a )?(max(imum)? )?depth( of|:| is)? <count>\\b",
    "(up to |within )?<count> (levels?|hops?|calls?)( (deep|up|down|away))?\\b",
)
INDIRECTLY = re.compile(r"\b(?:indirectly|transitively|recursively)\b", re.IGNORECASE)

TOPIC = re.compile(
    r"\b(?:call(?:s|ed|ing|ers?|ees?)?|chains?|sequences?|trac(?:e|ing)|invok\w+|functions?(?: \w+)? between)\b"
    r"|->|→|=>",
    re.IGNORECASE,
)
"""Words for calls. A wish has one of these ..."""

LOOSE_TOPIC = re.compile(
    r"\b(?:paths?|routes?|way|reach\w*|gets? to|flow|analy[sz]e|requests? (?:gets?|goes|flows|travels)|connect\w*"
    r"|link\w*|lead\w*|uses?|used|start|end|starting|ending)\b",
    re.IGNORECASE,
)
CODE = re.compile(
    rf"[./_#\\{_INSIDE}]|::|\(\)|(?-i:[a-z][A-Z]|\b[A-Z]\b)|\b(?:main|code|sources?|functions?|methods?|files?|class|modules?|programs?"
    r"|repo|repository|codebase|folder|directory|project|package)\b",
    re.IGNORECASE,
)
"""... or one that may be about calls, and something that only a program has: coffee leads to insomnia, too."""

COMMAND = re.compile(r"(?:connect|link|join)\b", re.IGNORECASE)
"""Somebody who starts with this wants it done, not found out."""

_EMPTY = """
a about all along an analyse analysis analyze and any are as at be been between build by call called calling calls can
chain chains check code codebase compute connect connected connecting connection connections connects control could
create creates detect determine directly directory discover display do does draw each end ends eventually every
everything exactly examine execution exist exists figure file files find first flow flows folder follow following for
from function functions generate get gets give given go goes going graph have help here hierarchy hop hops how i
identify if in inside inspect into invoke invoked invokes involved is it its know lead leading leads learn let like
line link links list located look looking made make me method methods module modules need of on one order out output
over package parse path paths please point possible print produce program project provide python reach reached reaches
reaching read repo report repository request requests return route routes run runs scan search see sequence sequences
shortest should show shows single source sources stack start starting starts step steps study take taken takes tell
than that the their them then there these they this through to trace traces tracing track travels tree two understand
use used using via want wants way ways we what where whether which who whole will with work would you
"""
EMPTY_WORDS = frozenset(_EMPTY.split())
"""Words that change nothing in what a wish about calls means."""

"""Wishes about files: read, list, search, write."""

import re

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.grammar import NAMED_FILE, Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal
from intelligent_office.models.rules.texts import COUNT_ENTRIES

TOOL = "file_operations"
_CONTENTS = "( the| all| me| all of| whole| entire)*( (contents?|text)( of| from)?)?( the| my)*( text)?( file)?"
_SHOW = f"(?P<show>read|show|see|print|display|open|cat|output|view|type|get|give|load|fetch){_CONTENTS}"
_OF = "(of|from|in)( the)?( file)?"
_FOLDER = "(the |my |our |this )*((folder|directory|dir|path|project|package) )?"
_WITHIN = f" (in|under|inside|within|of|from|below|at) {_FOLDER}<path>( (folder|directory|dir))?"
_HERE = " (in|of|from|under) (this|the current|the working|my|the current working) (folder|directory|dir|project)| here"
_EVERYWHERE = " (in|through|of)( (all|any|every|each|my|our|the|these|of))+ files?"
_IN_FOLDER = f"{_FOLDER}(?!(web|internet|net|google|bing|wikipedia|github|online) )<path>"
_WHERE = f"({_EVERYWHERE}|{_HERE}|{_WITHIN})"
_LIST = "(list|show|display|print|find|get|give|name|enumerate)( me)?( all| of)*( the| every| my)*"
_SEARCH = "(search|look|grep|scan|find|check)"
_ANY = "( all| the| any| every)*"
_ANY_ONE = "(a |an |any |some )?"
_MARKS = "( comments?| marks?| markers?| lines?)?"
_HOW_MANY = "(how many|count( up)?( the| all)*|(what is |what's )?the number of)"
_ARE_THERE = "( are| do i have| do we have| exist)?( there)?"
_KIND = "( the)?( (text|word|string|phrase|term|words|pattern|line))?"
_TEXT = f"( for)?{_KIND}( all)?( (occurrences|mentions|instances|uses) of)?"
_HOLD = "(contain|mention|hold|have|include)s?"
_QUERY = "(<quotations>|<word>)"
_WRITE = "(write|save|store|put|dump|export|print|output|record)"
_NEW_FILE = "(create|make|write)( an?| the)?( new| empty)?( text)?( file)?( called| named)? <file>"
_CONTENT = "( the| contents?| text| words| line)*"
_INTO = "(to|into|in|as|at)( the| a| my)?( new)?( text)?( file)?( called| named)?"

_DESCRIBES = re.compile(
    r"(?:an?|the|some|any|every|each|all|both|my|your|our|its|their|his|her|this|that|these|those|more|another|new|down"
    r"|what|how|why|when|where|who|which|everything)\b"
    r"|.*\b(?:code|tests?|functions?|class|script|program|documentation|docs|comments?|poem|story|jokes?|essay|article"
    r"|letter|email|haiku|song|recipe|summary|report|notes|changes|progress|results?|answers?|date|today|list of)\b",
    re.IGNORECASE,
)

TYPES = {
    "python": "*.py",
    "text": "*.txt",
    "markdown": "*.md",
    "json": "*.json",
    "yaml": "*.yaml",
    "toml": "*.toml",
    "csv": "*.csv",
    "sql": "*.sql",
    "html": "*.html",
    "javascript": "*.js",
    "typescript": "*.ts",
    "rust": "*.rs",
    "go": "*.go",
    "java": "*.java",
    "c": "*.c",
    "c++": "*.cpp",
    "c#": "*.cs",
    "ruby": "*.rb",
    "php": "*.php",
}
"""Kinds of files that people name in words."""


def _read(path: str, **page: int | bool) -> Call:
    return Call(TOOL, {"operation": "read", "path": literal(path), **page})


def _read_files(slots: Slots, _situation: Situation) -> list[Call]:
    paths = slots.pieces("files")
    if slots.value("show").lower() in ("print", "output", "give", "show") and not all(map(_is_clearly_a_path, paths)):
        return []  # print "hello" wants to see the words
    return [_read(path) for path in paths]


def _is_clearly_a_path(words: str) -> bool:
    return re.fullmatch(rf"\S*[./]\S+|{NAMED_FILE}", words) is not None


def _read_it(slots: Slots, situation: Situation) -> list[Call]:
    return [Call(TOOL, {"operation": "read", "path": situation.path(slots.value("it"))})]


def _first_lines(slots: Slots, _situation: Situation) -> list[Call]:
    lines = slots.integer("integer") if "integer" in slots else 1
    return [_read(slots.value("file"), first_line=1, lines=lines)]


def _some_lines(slots: Slots, _situation: Situation) -> list[Call]:
    first = slots.integer("first")
    last = slots.integer("last") if "last" in slots else first
    if not 1 <= first <= last:
        raise NoRuleCovers(reason=f"There are no lines {first} to {last}.")
    return [_read(slots.value("file"), first_line=first, lines=last - first + 1)]


def _last_lines(_slots: Slots, _situation: Situation) -> list[Call]:
    raise NoRuleCovers(reason="Lines can be counted from the beginning of a file, not from its end.")


def _list(slots: Slots, _situation: Situation) -> list[Call]:
    inputs = {"operation": "list", "path": literal(slots.value("path", "."))}
    pattern = slots.value("glob") or TYPES.get(slots.value("type").lower(), "")
    if "ending" in slots:
        pattern = "*." + slots.value("ending").lstrip("*.")
    pattern = pattern or slots.value("name")
    return [Call(TOOL, {**inputs, "pattern": literal(pattern)} if pattern else inputs)]


def _count(slots: Slots, situation: Situation) -> list[Call]:
    """All files below a folder. The line break keeps the list of them a text: JSON."""
    pattern = slots.value("glob") or TYPES.get(slots.value("type").lower(), "*")
    listing = Call(TOOL, {"operation": "list", "path": literal(slots.value("path", ".")), "pattern": literal(pattern)})
    return [listing, Call("ai_tool", {"instruction": COUNT_ENTRIES, "text": f"${{{situation.step()}.output.files}}\n"})]


def _search(slots: Slots, _situation: Situation) -> list[Call]:
    queries = slots.quotations("quotations") if "quotations" in slots else [slots.value("word") or slots.value("term")]
    where = {"operation": "search", "path": literal(slots.value("path", "."))}
    if "type" in slots:
        where["pattern"] = TYPES[slots.value("type").lower()]
    return [Call(TOOL, {**where, "query": literal(query)}) for query in queries]


def _search_it(slots: Slots, situation: Situation) -> list[Call]:
    path = situation.path(slots.value("it", "it"))
    queries = slots.quotations("quotations") if "quotations" in slots else [slots.value("word")]
    return [Call(TOOL, {"operation": "search", "path": path, "query": literal(query)}) for query in queries]


def _put(operation: str, slots: Slots, content: str) -> list[Call]:
    return [Call(TOOL, {"operation": operation, "path": literal(slots.value("file")), "content": content})]


def _write(slots: Slots, _situation: Situation) -> list[Call]:
    return _put("write", slots, literal(slots.value("words"))) if _is_meant_word_for_word(slots) else []


def _is_meant_word_for_word(slots: Slots) -> bool:
    """Somebody who wants `a poem` or `the results` in a file does not mean these words."""
    return slots.is_quoted("words") or not _DESCRIBES.match(slots.value("words"))


def _write_nothing(slots: Slots, _situation: Situation) -> list[Call]:
    return _put("write", slots, "")


def _write_result(slots: Slots, situation: Situation) -> list[Call]:
    return _put("write", slots, situation.text(slots.value("it")))


def _append(slots: Slots, _situation: Situation) -> list[Call]:
    return _put("append", slots, literal(slots.value("words"))) if _is_meant_word_for_word(slots) else []


def _append_result(slots: Slots, situation: Situation) -> list[Call]:
    return _put("append", slots, situation.text(slots.value("it")))


def _copy(slots: Slots, situation: Situation) -> list[Call]:
    content = f"${{{situation.step()}.output.content}}"
    target = Call(TOOL, {"operation": "write", "path": literal(slots.value("target")), "content": content})
    return [_read(slots.value("file"), whole=True), target]


_TYPE = f"(?P<type>{'|'.join(re.escape(name) for name in TYPES)})"
_OF_TYPE = f" (in|of)( the| all| my| our| any)* {_TYPE}( source)? (files?|code)"
_THE_CODE = " (in|anywhere in|of) (the|my|our) (code|source|sources|project)"
_PLACE = f"({_EVERYWHERE}|{_HERE}|{_THE_CODE}|{_WITHIN})?"
_IN_TYPE = f"{_OF_TYPE}{_PLACE}"
_IN_CODE = f"(?= )({_OF_TYPE})?{_PLACE}"
"""Somewhere, said by kind of file, by place, or both."""

read = table(
    # read
    (
        (
            f"{_SHOW} first <integer> lines? {_OF} <file>",
            f"{_SHOW} first line {_OF} <file>",
            f"(the )?first <integer> lines? {_OF} <file>",
            f"(head|{_SHOW}) <integer> lines? {_OF} <file>",
            "head (-n ?|-)?<integer> <file>",
            "what (is|are)( in)? the first <integer> lines? (of|in) <file>",
            f"what is the first line {_OF} <file>",
        ),
        _first_lines,
    ),
    (
        (
            f"{_SHOW} lines? <first:integer> ?(-|–|to|through|until|and) ?<last:integer> {_OF} <file>",
            f"{_SHOW} line <first:integer> {_OF} <file>",
            f"{_SHOW} <file>,? lines? <first:integer> ?(-|–|to|through) ?<last:integer>",
            f"lines? <first:integer> ?(-|–|to|through) ?<last:integer> {_OF} <file>",
        ),
        _some_lines,
    ),
    (f"({_SHOW}|tail)( the)? last( <integer>)?( few)? lines? {_OF} <file>", _last_lines),
    (
        (
            f"{_SHOW} <files>( file)?",
            "what( is|'s)( inside| in| written in)( the)?( file)? <files>",
            "what( text)? does( the)?( file)? <files> (contain|say|hold)",
            "(what (is|are) )?the (contents?|text) (of|in)( the)?( file)? <files>",
            "(show|tell|give) me what( is|'s) in( the)?( file)? <files>",
            "(look|peek) (at|into|inside)( the)?( file)? <files>",
        ),
        _read_files,
    ),
    ("(read|open|show|display)( me)? (?P<it>that file|the file|it|this file)", _read_it),
    # list
    (
        (
            f"{_LIST} <glob>( files?)?{_WHERE}?",
            f"{_LIST} files? (named|called|like|matching|that match)( the)?( pattern)? <glob>{_WHERE}?",
            f"{_LIST} {_TYPE}( source)? files?{_WHERE}?",
            f"{_LIST} \\.(?P<ending>\\w+) files?{_WHERE}?",
            f"{_LIST} (?P<ending>txt|py|md|log|cfg|ini|js|ts|rs|sh|xml|yml|h|css|json|csv) files?{_WHERE}?",
            f"{_LIST} files? (ending|that end) (in|with) <ending:word>{_WHERE}?",
            f"(what|which) {_TYPE} files (are|exist)( there)?{_WHERE}?",
            f"(what|which) <glob> files (are|exist)( there)?{_WHERE}?",
            f"{_LIST} (files?|entries|files and folders|contents?|everything){_WHERE}?",
            f"(what|which) files (are|exist|do i have|do we have)( there)?{_WHERE}?",
            "what( is|'s) (in|inside|inside of) (the|my) (folder|directory) <path>",
            "what( is|'s) (in|inside) (this|the current|the working) (folder|directory)",
            "(list|ls|dir|show)( me)? (the )?(folder|directory) <path>",
            f"(find|locate|look for|search for)( me)?( all| the| any)* files? (named|called) <name:file>{_WHERE}?",
            f"where (is|are) (the file )?<name:file>({_WITHIN})?",
            "list <path:file>",
            "(ls|dir) <path>",
            "(list|ls|dir) (this|the current|the working) (folder|directory)",
            "ls|dir",
        ),
        _list,
    ),
    (
        (
            f"{_HOW_MANY} files{_ARE_THERE}({_HERE}|{_WITHIN})?",
            f"{_HOW_MANY} {_TYPE}( source)? files{_ARE_THERE}({_HERE}|{_WITHIN})?",
            f"{_HOW_MANY} <glob>( files)?{_ARE_THERE}({_HERE}|{_WITHIN})?",
            f"{_HOW_MANY} files (does|do|has|have) {_FOLDER}<path>( folder| directory)? (have|hold|contain|include)",
        ),
        _count,
    ),
    # search
    (
        (
            f"{_SEARCH}( through| in)*( this| that| the)( file)?(?P<it>){_TEXT} <quotations>",
            f"{_SEARCH}{_TEXT} <quotations> in (?P<it>it|them|that file|this file|the file)",
            f"{_SEARCH}{_TEXT} <word> in (?P<it>it|them|that file|this file|the file)",
            f"{_SEARCH}( in)? (?P<it>it|that file|this file|the file){_TEXT} (<quotations>|<word>)",
        ),
        _search_it,
    ),
    (
        (
            f"{_SEARCH}{_TEXT} <quotations>( in all files| in every file)?{_WHERE}?",
            f"(search|look|grep){_TEXT} <word>{_WHERE}",
            "(search|look|grep)( for) <term>",
            f"(search|grep|look)( through| in| inside| into| all)* {_IN_FOLDER}( folder| file)? for{_KIND} {_QUERY}",
            "grep <quotations> <path>",
            "grep( -[a-zA-Z]+)* <word> <path>",
            f"(which|what) files?{_WITHIN} {_HOLD}{_KIND} {_QUERY}",
            f"(which|what) files? {_HOLD}{_KIND} <quotations>{_WHERE}?",
            f"(which|what) files? {_HOLD}{_KIND} <word>{_WHERE}",
            f"(list|show|find)( all| the)* (files?|lines?) (that )?({_HOLD}|containing|with){_KIND} {_QUERY}{_WHERE}?",
            f"(find )?where (is |does |are )?<quotations>( is)? (mentioned|used|occurs?|appears?|found){_WHERE}?",
            f"does <path:file> {_HOLD}{_KIND} <quotations>",
            f"does {_FOLDER}<path>( folder| directory)? {_HOLD}{_KIND} <quotations>",
            f"{_SEARCH}{_TEXT} (<quotations>|<term>){_IN_TYPE}",
            f"(find|search for|look for|list|show|show me){_ANY} <term>(?:s)?{_MARKS}{_IN_CODE}",
            f"(is|are) there {_ANY_ONE}<term>(?:s)?{_MARKS}( left)?{_IN_CODE}",
            f"(which|what) files? {_HOLD}{_KIND} <term>",
            f"where (is |are )?<term>( is)? (mentioned|occurs?|appears?|found)({_WHERE})?",
            f"find( the)? (word|text|string|phrase|term) <word>{_WHERE}",
        ),
        _search,
    ),
    # write
    (
        (
            "append <it> (to|onto)( the)?( file)? <file>",
            "add <it> to (the )?(end of )?(the )?(file )?<file>",
        ),
        _append_result,
    ),
    (
        (
            "append( the)?( text| line| words)? <words> (to|onto)( the)?( end of)?( the)?( file)? <file>",
            "append to( the)?( file)? <file>: <words>",
            "add( the)?( a)? (text|line|words):? <words> (to( the)?( end of)?|at the end of)( the)?( file)? <file>",
            "add <words:quoted> (to( the)?( end of)?|at( the)? end of)( the)?( file)? <file>",
        ),
        _append,
    ),
    (
        (f"{_WRITE} <it>( down)? {_INTO} <file>", "(create|make)( a| the)?( file)? <file> (with|from|containing) <it>"),
        _write_result,
    ),
    (
        (
            "copy( the)?( contents? of)?( the)?( file)? <file> (to|into)( the)?( file)? <target:file>",
            f"{_WRITE} the contents? of( the)?( file)? <file> {_INTO} <target:file>",
        ),
        _copy,
    ),
    (
        (
            f"{_WRITE}( the)?( text| line| words| sentence| phrase)? <words> {_INTO} <file>",
            f"{_WRITE} {_INTO} <file>: <words>",
            f"{_NEW_FILE} (and write|with|containing|that says|holding){_CONTENT}:? <words:quoted>( to it)?",
            f"{_NEW_FILE} (with|containing)( the)? (contents?|text):? <words>",
            f"{_NEW_FILE} with <words:quoted> (inside|in it|as( its)?( content| text))",
        ),
        _write,
    ),
    ((_NEW_FILE, "touch <file>"), _write_nothing),
)

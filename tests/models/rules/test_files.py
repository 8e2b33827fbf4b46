"""Wishes about files."""

from typing import Any

import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.texts import COUNT_ENTRIES
from tests.models.rules.words import finished, plan


def read(path: str, **page: int) -> dict[str, Any]:
    return {"operation": "read", "path": path, **page}


def listing(path: str, pattern: str = "") -> dict[str, Any]:
    return {"operation": "list", "path": path} | ({"pattern": pattern} if pattern else {})


def search(path: str, query: str) -> dict[str, Any]:
    return {"operation": "search", "path": path, "query": query}


def search_kind(path: str, pattern: str, query: str) -> dict[str, Any]:
    return {"operation": "search", "path": path, "pattern": pattern, "query": query}


def write(path: str, content: str) -> dict[str, Any]:
    return {"operation": "write", "path": path, "content": content}


def append(path: str, content: str) -> dict[str, Any]:
    return {"operation": "append", "path": path, "content": content}


WISHES = [
    ("read numbers.txt", [read("numbers.txt")]),
    ("Read the file src/app.py.", [read("src/app.py")]),
    ('open "my notes.txt"', [read("my notes.txt")]),
    ("show me the contents of README", [read("README")]),
    ("what is in notes.txt?", [read("notes.txt")]),
    ("what does config.toml contain?", [read("config.toml")]),
    ("read a.txt and b.txt", [read("a.txt"), read("b.txt")]),
    ("show the first 20 lines of src/app.py", [read("src/app.py", first_line=1, lines=20)]),
    ("print the first ten lines of a.txt", [read("a.txt", first_line=1, lines=10)]),
    ("head -n 20 README.md", [read("README.md", first_line=1, lines=20)]),
    ("show lines 5 to 10 of a.txt", [read("a.txt", first_line=5, lines=6)]),
    ("show line 7 of a.txt", [read("a.txt", first_line=7, lines=1)]),
    ("list files in src", [listing("src")]),
    ("list the files in this folder", [listing(".")]),
    ("what files are in ./src?", [listing("./src")]),
    ("what's inside the folder docs", [listing("docs")]),
    ("ls src", [listing("src")]),
    ("list *.py files", [listing(".", "*.py")]),
    ("list all Python files in ./src", [listing("./src", "*.py")]),
    ("find all *.md files under docs", [listing("docs", "*.md")]),
    ("show files ending with .csv in data", [listing("data", "*.csv")]),
    ("which json files are in data", [listing("data", "*.json")]),
    ('search for "TODO" in src', [search("src", "TODO")]),
    ("search for TODO in the files", [search(".", "TODO")]),
    ("look for 'TODO' in all my files", [search(".", "TODO")]),
    ("search for TODO in the files folder", [search("files", "TODO")]),
    ("search for TODO in src/app.py", [search("src/app.py", "TODO")]),
    ('search src for "def main"', [search("src", "def main")]),
    ('which files contain "def main" in ./src', [search("./src", "def main")]),
    ('which files in ./src contain "def main"?', [search("./src", "def main")]),
    ('does README.md mention "install"?', [search("README.md", "install")]),
    ('grep "foo bar" src', [search("src", "foo bar")]),
    ('where is "load_settings" used in src', [search("src", "load_settings")]),
    ('find "x; then y"', [search(".", "x; then y")]),
    ('search for "a" and "b" in src', [search("src", "a"), search("src", "b")]),
    ('write "hello; then world" to a.txt', [write("a.txt", "hello; then world")]),
    ("write hello world to a.txt", [write("a.txt", "hello world")]),
    ('save "x" as "out file.txt"', [write("out file.txt", "x")]),
    ('create a file called notes.txt with the content "one, then two"', [write("notes.txt", "one, then two")]),
    (
        "write to notes.txt: first do this; then that and also more",
        [write("notes.txt", "first do this; then that and also more")],
    ),
    ("create an empty file called empty.txt", [write("empty.txt", "")]),
    ('write "costs ${s1} dollars" to a.txt', [write("a.txt", "costs $${s1} dollars")]),
    ('append "x" to log.txt', [append("log.txt", "x")]),
    ('add the line "x" to the end of log.txt', [append("log.txt", "x")]),
    ("copy a.txt to b.txt", [read("a.txt", whole=True), write("b.txt", "${s1.output.content}")]),
    ("write the contents of a.txt to b.txt", [read("a.txt", whole=True), write("b.txt", "${s1.output.content}")]),
    ("show the first line of a.txt", [read("a.txt", first_line=1, lines=1)]),
    ("the first 3 lines of a.txt", [read("a.txt", first_line=1, lines=3)]),
    ("head 5 lines of a.txt", [read("a.txt", first_line=1, lines=5)]),
    ("what are the first 3 lines of a.txt?", [read("a.txt", first_line=1, lines=3)]),
    ("what is the first line of a.txt?", [read("a.txt", first_line=1, lines=1)]),
    ("show a.txt, lines 5-10", [read("a.txt", first_line=5, lines=6)]),
    ("lines 5 to 10 of a.txt", [read("a.txt", first_line=5, lines=6)]),
    ("tell me what is in a.txt", [read("a.txt")]),
    ("look at a.txt", [read("a.txt")]),
    ("what is the content of a.txt", [read("a.txt")]),
    ("whats in a.txt?", [read("a.txt")]),
    ("let me see a.txt", [read("a.txt")]),
    ("pls i need to see the file a.txt", [read("a.txt")]),
    ("grep -r TODO src", [search("src", "TODO")]),
    ("list files matching *.md", [listing(".", "*.md")]),
    ("list all .go files in ./cmd", [listing("./cmd", "*.go")]),
    ("list the md files in docs", [listing("docs", "*.md")]),
    ("which *.md files are there", [listing(".", "*.md")]),
    ("what's in this folder?", [listing(".")]),
    ("show me the folder src", [listing("src")]),
    ("find files named app.py", [listing(".", "app.py")]),
    ("find all files called app.py in src", [listing("src", "app.py")]),
    ("where is app.py?", [listing(".", "app.py")]),
    ("where is app.py in src", [listing("src", "app.py")]),
    ("list README", [listing("README")]),
    ("ls this folder", [listing(".")]),
    ("ls", [listing(".")]),
    ("find 'x' in the python files", [search_kind(".", "*.py", "x")]),
    ("grep TODO in the Java files", [search_kind(".", "*.java", "TODO")]),
    ("search for 'x' in all C++ files in ./src", [search_kind("./src", "*.cpp", "x")]),
    ("find all TODOs in src", [search("src", "TODO")]),
    ("find TODO comments in the code", [search(".", "TODO")]),
    ("is there a TODO in src?", [search("src", "TODO")]),
    ("are there any FIXMEs left in the python files?", [search_kind(".", "*.py", "FIXME")]),
    ("which files mention load_settings?", [search(".", "load_settings")]),
    ("where is load_settings mentioned", [search(".", "load_settings")]),
    ("find the word hello in notes.txt", [search("notes.txt", "hello")]),
    ('does src contain "password"?', [search("src", "password")]),
    ("search for load_settings", [search(".", "load_settings")]),
    ('show all lines with "x" in src', [search("src", "x")]),
    ("append to log.txt: one, then two", [append("log.txt", "one, then two")]),
    ("add 'hello' at the end of log.txt", [append("log.txt", "hello")]),
    ('make a file a.txt with "hello" inside', [write("a.txt", "hello")]),
    ("touch a.txt", [write("a.txt", "")]),
]

COUNTED = [
    ("how many files are in src?", "src", "*"),
    ("how many files are there", ".", "*"),
    ("count the files in this folder", ".", "*"),
    ("how many python files are in src?", "src", "*.py"),
    ("how many *.md files are in docs?", "docs", "*.md"),
    ("how many files does the folder src have?", "src", "*"),
]

ABOUT_AN_EARLIER_FILE = [
    ("open that file", read("numbers.txt")),
    ('search this file for "4"', search("numbers.txt", "4")),
    ('search for "4" in it', search("numbers.txt", "4")),
    ("search for 4 in it", search("numbers.txt", "4")),
    ("search it for 4", search("numbers.txt", "4")),
    ("append it to b.txt", append("b.txt", "${t1.output.content}")),
    ("add it to the end of b.txt", append("b.txt", "${t1.output.content}")),
    ("write it to b.txt", write("b.txt", "${t1.output.content}")),
    ("create b.txt with it", write("b.txt", "${t1.output.content}")),
]

NOT_UNDERSTOOD = [
    "write unit tests to test.py",
    "write python code that prints hello to a.py",
    "write 5 jokes to jokes.txt",
    "append today's date to a.txt",
    "is there a README in src",
    'find "a" but not "b" in src',
    'replace "a" with "b" in a.txt',
    'which files do not contain "x"',
    "how many files are bigger than 1 MB",
    "find files modified today",
    "add a function to src/app.py",
    "add logging to main.py",
    "write a poem to poem.txt",
    "write tests to test_app.py",
    "search google for cats",
    "search for flights",
    "copy src to dst",
    "where is Berlin",
    "where is main defined",
    "delete a.txt",
    "rename a.txt to b.txt",
    "find bugs in src",
    "find hello in src and lib",
    "is there a doctor in the house?",
    "is there a god",
    "how many people are in src",
    "how many files does git track",
    "how many files are in src and lib",
    "how many commits are in src",
    "find 'x' in the python books",
    "what is in love?",
    "what does the fox say",
    "write a function that adds two numbers",
    "run the tests",
    "fix the bug in src/app.py",
    "explain src/app.py",
    "does life mention happiness?",
    "which files are important?",
    "which files changed yesterday?",
    "where is everybody?",
]


@pytest.mark.parametrize(("wish", "inputs"), WISHES, ids=[wish for wish, _ in WISHES])
def test_a_wish_about_files_becomes_calls_of_the_file_tool(wish, inputs):
    assert plan(wish) == [("file_operations", each) for each in inputs]


def test_lines_from_the_end_of_a_file_are_refused_with_the_reason():
    with pytest.raises(NoRuleCovers, match="from the beginning"):
        plan("show the last 5 lines of a.txt")


def test_lines_that_run_backwards_are_refused():
    with pytest.raises(NoRuleCovers, match="no lines 9 to 3"):
        plan("show lines 9 to 3 of a.txt")


def test_what_was_found_is_written_as_it_was_printed():
    given = finished("trace the calls from a to b in src", "a calls b", {"status": "success", "path": [], "hops": []})
    assert plan("write the chain to chain.txt", t1=given) == [("file_operations", write("chain.txt", "${t1}"))]


def test_a_file_that_was_read_is_written_without_the_remarks_about_it():
    given = finished("read a.txt", "x", {"content": "x", "lines": 1})
    assert plan("write it to b.txt", t1=given) == [("file_operations", write("b.txt", "${t1.output.content}"))]


@pytest.mark.parametrize(("wish", "inputs"), ABOUT_AN_EARLIER_FILE)
def test_it_is_the_file_that_was_read_or_its_content(wish, inputs):
    given = finished("read numbers.txt", "4", {"content": "4"})
    assert plan(wish, t1=given) == [("file_operations", inputs)]


@pytest.mark.parametrize(("wish", "folder", "pattern"), COUNTED)
def test_files_are_counted_in_the_list_of_them(wish, folder, pattern):
    assert plan(wish) == [
        ("file_operations", listing(folder, pattern)),
        ("ai_tool", {"instruction": COUNT_ENTRIES, "text": "${s1.output.files}\n"}),
    ]


@pytest.mark.parametrize("wish", NOT_UNDERSTOOD)
def test_what_only_sounds_like_a_wish_about_files_is_not_understood(wish):
    with pytest.raises(NoRuleCovers, match="Not understood"):
        plan(wish)


def test_several_results_are_written_together():
    first = finished("what is 6*7", "42", {"value": 42})
    second = finished("what is 8*9", "72", {"value": 72})
    assert plan("write both to a.txt", t1=first, t2=second) == [("file_operations", write("a.txt", "${t1}\n${t2}"))]

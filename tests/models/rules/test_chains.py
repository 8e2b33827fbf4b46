"""Wishes about calls, in the words of many people."""

import pytest

from intelligent_office.errors import NoRuleCovers
from tests.models.rules.words import plan

MAIN = {"folder": "./src", "start": "main", "end": "process_data"}

FLAGSHIP = (
    "Analyze the Python files in ./src and create a call sequence where the start function is main and the end "
    "function is process_data"
)
GERMAN = (
    "Analysiere die Python-Dateien in ./src und erstelle eine Aufrufsequenz, bei der die Startfunktion main und die"
    " Endfunktion process_data ist"
)
FRENCH = (
    "Analyse les fichiers Python dans ./src et crée une séquence d'appels où la fonction de départ est main et la"
    " fonction de fin est process_data"
)
SPANISH = (
    "Analiza los archivos Python en ./src y crea una secuencia de llamadas donde la función de inicio es main y la"
    " función final es process_data."
)

CHAINS = [
    (FLAGSHIP, MAIN),
    (FLAGSHIP.upper().replace("./SRC", "./src").replace("MAIN", "main").replace("PROCESS_DATA", "process_data"), MAIN),
    ("how does main reach process_data in ./src", MAIN),
    ("How does main get to process_data in ./src?", MAIN),
    (
        "Given the source in ./src, start function main and end function process_data, print the chain of calls",
        MAIN,
    ),
    ("Tell me which functions run between main and process_data in ./src", MAIN),
    ("Starting from `main`, how do we reach `process_data`? The code is in ./src", MAIN),
    ("trace the calls from A to B in src", {"folder": "src", "start": "A", "end": "B"}),
    ('call path between `a.b` and `c.d` under "/x y/z"', {"folder": "/x y/z", "start": "a.b", "end": "c.d"}),
    ("which functions are called on the way from X to Y?", {"folder": ".", "start": "X", "end": "Y"}),
    ("Find the call chain from main to process_data in ./src.", MAIN),
    ("Show me how main gets to process_data in the src folder", MAIN | {"folder": "src"}),
    ("Print the chain of calls that connects main to process_data in /abs/path", MAIN | {"folder": "/abs/path"}),
    ("In ./src, how does main() end up calling process_data()?", MAIN),
    (
        "What is the shortest call path from app.main to db.Session.commit under src/app?",
        {"folder": "src/app", "start": "app.main", "end": "db.Session.commit"},
    ),
    ("Show the 3 shortest call chains from main to process_data in ./src", MAIN | {"limit": 3}),
    ("show up to five call chains from main to process_data in ./src", MAIN | {"limit": 5}),
    ("show all call chains from main to process_data in ./src", MAIN | {"limit": 10}),
    ("start function main, end function process_data, folder ./src", MAIN),
    ("start: main, end: process_data, folder: ./src", MAIN),
    ("call sequence with start=main and end=process_data in ./src", MAIN),
    ("Does main call process_data in ./src?", MAIN),
    ("main -> process_data in ./src call chain", MAIN),
    (
        "Trace the path from the function main to the function process_data in the directory src",
        MAIN | {"folder": "src"},
    ),
    ("Give me the call sequence starting at main and ending at process_data in ./src", MAIN),
    ("Could you please find out how process_data is reached from main in ./src?", MAIN),
    ("Analyze ./src and tell me how main and process_data are connected", MAIN),
    (
        'Please list the functions called between main and process_data in "my project/src"',
        MAIN | {"folder": "my project/src"},
    ),
    ("create a call sequence with main as the start and process_data as the end for the code in ./src", MAIN),
    (
        "Look at ./src. The start function is main. The end function is process_data. Create the call chain.",
        MAIN,
    ),
    ("Is there a path from main to process_data in the current directory?", MAIN | {"folder": "."}),
    ("Analyze the Python files in ./src, then create a call sequence from main to process_data", MAIN),
    ("how is load_settings called from main in src?", {"folder": "src", "start": "main", "end": "load_settings"}),
    ("trace the calls from start to end in src", {"folder": "src", "start": "start", "end": "end"}),
    (
        "call chain from src/app.py:main to Store.save in ./src",
        {"folder": "./src", "start": "src/app.py:main", "end": "Store.save"},
    ),
    ("find the route from main to process_data across the whole project at ./src", MAIN),
    ("I want to know how main leads to process_data in ./src", MAIN),
    ("Using the code under ./src, print every function between main and process_data", MAIN),
    ("call sequence main to process_data ./src", MAIN),
    ("Show the call hierarchy from main to process_data in ./src", MAIN),
    ("List the steps main takes to reach process_data in ./src", MAIN),
    ("From main, how do I get to process_data in ./src?", MAIN),
    ("I need the call path that starts in main and ends in process_data; the code is in ./src", MAIN),
    ('trace calls from main to process_data in "a then b"', MAIN | {"folder": "a then b"}),
    # other languages
    ("trace from main to save in the JavaScript files", {"folder": ".", "start": "main", "end": "save"}),
    (FLAGSHIP.replace("Python", "Java"), MAIN),
    (FLAGSHIP.replace("Python", "Go"), MAIN),
    (FLAGSHIP.replace("Python", "C#"), MAIN),
    ("find the call chain in all Ruby and PHP files of ./src from main to process_data", MAIN),
    (
        "find the call chain from Server::start to Db::query in ./src",
        {"folder": "./src", "start": "Server::start", "end": "Db::query"},
    ),
    ("call chain from a/b.ts:main to a/c.ts:save", {"folder": ".", "start": "a/b.ts:main", "end": "a/c.ts:save"}),
    (
        "trace the calls from Foo#run to Bar#stop in the ruby files of ./app",
        {"folder": "./app", "start": "Foo#run", "end": "Bar#stop"},
    ),
    ("call path from main.go:12 to store.go:80 in .", {"folder": ".", "start": "main.go:12", "end": "store.go:80"}),
    (r"how does Acme\App reach Acme\Db", {"folder": ".", "start": r"Acme\App", "end": r"Acme\Db"}),
    # newcomers
    ("get the call sequence of main to process_data in ./src", MAIN),
    ("build call chain main → process_data (folder: src)", MAIN | {"folder": "src"}),
    ("start=main end=process_data folder=src", MAIN | {"folder": "src"}),
    ("Given folder src, start function main and end function process_data, find the chain", MAIN | {"folder": "src"}),
    ("hello, how does main reach process_data in ./src? Thanks!", MAIN),
    ("how A reaches B", {"folder": ".", "start": "A", "end": "B"}),
    ("how does main reach save?", {"folder": ".", "start": "main", "end": "save"}),
    ("does load_config lead to parse_file", {"folder": ".", "start": "load_config", "end": "parse_file"}),
    ("analyse src/app.py: from main to save", {"folder": "src/app.py", "start": "main", "end": "save"}),
    ("find how a request gets from A to B in ./server", {"folder": "./server", "start": "A", "end": "B"}),
    ("I want see how main call process_data in ./src", MAIN),
    ("show me path between A and B functions please in folder src", {"folder": "src", "start": "A", "end": "B"}),
    ("can you help me to understand how main gets to process_data in ./src", MAIN),
    ("analyze ./src start=main end=process_data", MAIN),
    ("is process_data reachable from main in ./src?", MAIN),
    # and in their own languages
    (GERMAN, MAIN),
    ("zeige mir die Aufrufkette von main zu process_data in ./src", MAIN),
    (FRENCH, MAIN),
    ("montre la chaîne d'appels de main à process_data dans ./src", MAIN),
    (SPANISH, MAIN),
    ("muestra la cadena de llamadas desde main hasta process_data en ./src", MAIN),
]

NEIGHBOURS = [
    ("who calls process_data in ./src", {"folder": "./src", "function": "process_data", "direction": "callers"}),
    ("which functions call helper?", {"folder": ".", "function": "helper", "direction": "callers"}),
    ("list the callers of a.b.C.run under src", {"folder": "src", "function": "a.b.C.run", "direction": "callers"}),
    ("where is load_settings called in src", {"folder": "src", "function": "load_settings", "direction": "callers"}),
    ("find all functions that call `parse` in ./lib", {"folder": "./lib", "function": "parse", "direction": "callers"}),
    ("what does main call in ./src?", {"folder": "./src", "function": "main", "direction": "callees"}),
    ("what is called by main in ./src", {"folder": "./src", "function": "main", "direction": "callees"}),
    ("which functions does main call in src?", {"folder": "src", "function": "main", "direction": "callees"}),
    (
        "what functions does main call, up to depth 3, in ./src",
        {"folder": "./src", "function": "main", "direction": "callees", "depth": 3},
    ),
    ("list the callers of the save function", {"folder": ".", "function": "save", "direction": "callers"}),
    ("which function calls `save`?", {"folder": ".", "function": "save", "direction": "callers"}),
    ("what does `save` call", {"folder": ".", "function": "save", "direction": "callees"}),
    ("who calls `save` in `my src`?", {"folder": "my src", "function": "save", "direction": "callers"}),
    ("where X is called?", {"folder": ".", "function": "X", "direction": "callers"}),
    ("from where is called X?", {"folder": ".", "function": "X", "direction": "callers"}),
    ("which function call save?", {"folder": ".", "function": "save", "direction": "callers"}),
    (
        "who calls Foo::bar in the Java files in ./src",
        {"folder": "./src", "function": "Foo::bar", "direction": "callers"},
    ),
    ("who uses load_config in src", {"folder": "src", "function": "load_config", "direction": "callers"}),
    (
        "who indirectly calls save in src",
        {"folder": "src", "function": "save", "direction": "callers", "depth": 10},
    ),
]

NOT_UNDERSTOOD = [
    "analyze sales from January to March",
    "create a call sequence for me from main",
    "who does not call save",
    "which functions does nobody call",
    "trace from main to save via helper in src",
    "find the longest call chain from main to save in src",
    "how often does main call save in src",
    "analyze ./src from A to B and explain it",
    "who calls the police",
    "who uses the car",
    "how does sleep lead to health",
    "does coffee lead to insomnia",
    "how is bread connected to butter",
    "path from home to work",
    "connect A to B",
    "link a.txt to b.txt",
    "what calls main and when",
    "how does money reach people",
    "trace main save",
    "main to save",
    "how is save reached?",
    "how do I get from Paris to Rome",
    "find a flight from Paris to Rome",
    "analyze my feelings from A to B",
    "who calls me",
    "call Bob",
    "trace from main to save in the JavaScript books",
    "which requests get to Bob",
    "analyze the traffic from A to B in ./server",
    "Analysiere die Gefühle von A in ./src",
    "wer ruft save",
    "explain why main should never call process_data in src",
    "draw a mermaid diagram of the calls from main to process_data in src",
    "trace the calls from main in src",
    "trace the calls from main to process_data in src and in lib",
    "show the call graph of src",
    "trace the calls of Bob to Alice in last month's bill",
]


@pytest.mark.parametrize(("wish", "inputs"), CHAINS, ids=[wish for wish, _ in CHAINS])
def test_a_wish_for_a_chain_becomes_one_call_of_the_analyzer(wish, inputs):
    assert plan(wish) == [("code_analyzer", inputs)]


@pytest.mark.parametrize(("wish", "inputs"), NEIGHBOURS, ids=[wish for wish, _ in NEIGHBOURS])
def test_a_wish_for_callers_or_callees_becomes_one_call_of_the_analyzer(wish, inputs):
    assert plan(wish) == [("code_analyzer", inputs)]


@pytest.mark.parametrize("wish", NOT_UNDERSTOOD)
def test_a_wish_with_words_that_change_its_meaning_is_not_understood(wish):
    with pytest.raises(NoRuleCovers, match="Not understood"):
        plan(wish)

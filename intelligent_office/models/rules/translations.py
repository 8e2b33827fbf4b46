"""The wish for a chain of calls in other languages than English: whole sentences, one table row each."""

from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal


def _chain(slots: Slots, _situation: Situation) -> list[Call]:
    inputs = {"folder": slots.value("path", "."), "start": slots.value("start"), "end": slots.value("end")}
    return [Call("code_analyzer", {name: literal(words.removesuffix("()")) for name, words in inputs.items()})]


_CODE = r"(python|javascript|typescript|java|go|c|c\+\+|rust|c#|ruby|php)"
_START, _END = "<start:word>", "<end:word>"

_DE_SOURCE = f"(die |alle |den )?({_CODE}[- ]?)?(dateien|quelldateien|code|quellcode|quelltext)"
_DE_IN = "(in|unter|aus|im ordner|im verzeichnis) <path>"
_DE_CHAIN = "(aufrufsequenz|aufrufkette|aufruffolge|kette von aufrufen|folge von aufrufen)"
_FR_SOURCE = f"((les |tous les )?fichiers( source)?( {_CODE})?|le code( {_CODE})?)"
_FR_IN = "(dans|de|sous|du dossier|dans le dossier) <path>"
_FR_CHAIN = "(séquence|sequence|chaîne|chaine) d['’]appels"
_ES_SOURCE = f"((los |todos los )?(archivos|ficheros)( de)?( {_CODE})?|el código( {_CODE})?)"
_ES_IN = "(en|de|dentro de|en la carpeta) <path>"
_ES_CHAIN = "(secuencia|cadena) de llamadas"

_GERMAN = (
    f"(bitte )?(analysiere|untersuche|durchsuche)( bitte)? {_DE_SOURCE} {_DE_IN} und (erstelle|erzeuge|zeige|finde)"
    f"( mir)? (eine|die) {_DE_CHAIN},? (bei der|in der|wobei|mit|deren)( die| der)? (start|anfangs)funktion {_START}"
    f"( ist)? und( die| der)? (end|ziel)funktion {_END}( ist)?"
)
_FRENCH = (
    f"(analyse|analysez|analyser) {_FR_SOURCE} {_FR_IN} et (crée|créez|génère|générez|montre|montrez|trouve|trouvez)"
    f" (une|la) {_FR_CHAIN},? (où|dont|avec|dans laquelle) la fonction (de départ|initiale|d['’]entrée)( est)? {_START}"
    f" et la fonction (de fin|finale|d['’]arrivée)( est)? {_END}"
)
_SPANISH = (
    f"(analiza|analice|analizar) {_ES_SOURCE} {_ES_IN} y (crea|cree|genera|genere|muestra|muestre|encuentra) (una|la)"
    f" {_ES_CHAIN},? (donde|en la que|cuya|con) la función (de inicio|inicial|de partida)( es| sea)? {_START} y la"
    f" función (de fin|final|de destino|de llegada)( es| sea)? {_END}"
)

read = table(
    (
        (
            _GERMAN,
            f"((zeige|finde)( mir)? )?(die |eine )?{_DE_CHAIN} von {_START} (zu|nach|bis|bis zu) {_END}( {_DE_IN})?",
            _FRENCH,
            f"((montre|trouve)(z)?(-moi)? )?(la |une )?{_FR_CHAIN} de {_START} (à|vers|jusqu['’]à) {_END}( {_FR_IN})?",
            _SPANISH,
            f"((muestra|encuentra)(me)? )?(la |una )?{_ES_CHAIN} de(sde)? {_START} (a|hasta|hacia) {_END}( {_ES_IN})?",
        ),
        _chain,
    ),
)

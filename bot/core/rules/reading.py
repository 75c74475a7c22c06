"""The text of a file to a document, with a sentence for all that YAML can object to."""

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from bot.core.rules.document import Document, Hopeless, Place, Reader
from bot.core.rules.problem import Fault

LARGEST = 64 * 1024
"""Characters. Read and judged within a second, whatever they are; more would keep other events waiting."""


def read(text: str) -> Document:
    """Read one YAML 1.2 document; what YAML itself, or a rules file, does not allow is among the faults."""
    document = Document(data=None, keys={}, values={(): Place(0, "nothing")}, faults=[])
    if len(text) > LARGEST:
        document.faults.append(Fault(0, (), f"expected at most {LARGEST // 1024} KB, found {len(text) // 1024} KB"))
        return document
    try:
        Reader(YAML().parse(text), document).read_all()
    except Hopeless:
        pass
    except ReaderError as error:
        document.faults.append(Fault(error.position, (), _unreadable_character(text[error.position])))
    except MarkedYAMLError as error:
        at = error.problem_mark.index if error.problem_mark else len(text)
        document.faults.append(Fault(at, (), f"this is not YAML: {_one_line(error)}"))
    except (YAMLError, ValueError, OverflowError, AssertionError):
        # ruamel.yaml lets these out for impossible escapes ("\ud800") and version directives.
        last = max(place.at for place in document.values.values())
        document.faults.append(Fault(last, (), "this is not YAML: an impossible escape or directive"))
    return document


def _unreadable_character(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return "expected UTF-8 text, found a byte that is none"
    return f"expected readable text, found the control character U+{ord(character):04X}"


def _one_line(error: MarkedYAMLError) -> str:
    parts = (part for part in (error.context, error.problem) if part)
    return ", ".join(" ".join(part.split()) for part in parts)

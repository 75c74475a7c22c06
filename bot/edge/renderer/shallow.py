"""Whether a stranger's YAML nests no deeper than people write it.

libyaml composes by recursion in C, where nothing ends it but the end of the stack, and takes time that grows with the
square of the depth. Its events come one at a time, so that one can stop in time.
"""

import yaml

DEEPEST = 100


def is_shallow(text: str) -> bool:
    """Return whether no collection lies deeper than `DEEPEST`; raises yaml.YAMLError for what is not YAML."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True

"""Amounts as Kubernetes writes them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"([0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?")
_POWERS = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_BINARY = "KMGTPE"


def smaller(one: str, other: str) -> bool:
    """Return whether an amount is smaller than another; not where either says no amount."""
    less, more = _amount(one), _amount(other)
    return less is not None and more is not None and less < more


def _amount(text: str) -> Fraction | None:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    number, unit = Fraction(found[1].rstrip(".")), found[2] or ""
    if unit.endswith("i"):
        return number * (1 << 10 * (_BINARY.index(unit[0]) + 1))
    exponent = 3 * _POWERS[unit] if unit in _POWERS else int(unit[1:])
    return number * Fraction(f"1e{exponent}")

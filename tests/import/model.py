"""A trained model with what it says of the rows to compare."""

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np


@dataclass
class Model:
    """`expected`: the probability of the second class. `rows`: other rows than those of the set. `own_files`: by suffix, what writes a file of the library's format."""

    name: str
    fitted: Any
    expected: np.ndarray
    kind: str = "trees"
    leaves: np.ndarray | None = None
    margins: np.ndarray | None = None
    rows: np.ndarray | None = None
    own_files: dict[str, Callable[[str], Any]] = field(default_factory=dict)

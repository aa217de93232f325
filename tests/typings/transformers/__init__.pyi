# The package names its classes lazily, over hundreds of models: reading them all is a third of a whole type check, for
# the four that are used. They are anything here; the tests that load them are the check.

from typing import Any

def __getattr__(name: str) -> Any: ...

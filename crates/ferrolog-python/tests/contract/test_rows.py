"""Every line of the contract has a test."""

import importlib
from pathlib import Path

from rows import TESTS


def test_every_row_has_a_test():
    for file in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(file.stem)
    assert [line for line, tests in TESTS.items() if not tests] == []

"""Programs that are run with the standard library, with ferrolog in its place, and after a takeover."""

import os
import re
import subprocess
import sys
import textwrap

import pytest

#: What a program begins with. In place means that packages which import logging get ferrolog as well.
BEGIN = {
    "standard": "import logging",
    "alone": "import sys, ferrolog.config, ferrolog.handlers; sys.modules.update({"
             "'logging': ferrolog, 'logging.handlers': ferrolog.handlers, "
             "'logging.config': ferrolog.config}); import logging",
    "installed": "import ferrolog.auto, logging",
}


def run(facility, program, folder, *arguments):
    """What a program prints, and what it writes to standard error."""
    file = folder / "program.py"
    file.write_text(f"{BEGIN[facility]}\n{textwrap.dedent(program)}", encoding="utf-8")
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8",
                       COLUMNS="100")
    done = subprocess.run(
        [sys.executable, file, *arguments], cwd=folder, env=environment, timeout=120,
        capture_output=True, text=True, encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def same(tmp_path):
    """Runs a program under each facility; what it prints, with which the others' were compared."""

    def compare(program, *arguments, facilities=tuple(BEGIN)):
        outputs = {}
        for facility in facilities:
            folder = tmp_path / facility
            folder.mkdir()
            out, err = run(facility, program, folder, *arguments)
            outputs[facility] = [
                re.sub("0x[0-9a-f]+", "0x", text.replace(str(folder), "<folder>"))
                for text in (out, err)
            ]
        for facility in facilities[1:]:
            assert outputs[facility] == outputs["standard"]
        return outputs["standard"][0]

    return compare

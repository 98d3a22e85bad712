"""The guide for Python programs: its programs print what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "guide-python.md"

#: A block of the page: its language and its text.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def test_the_programs_print_what_the_guide_shows(tmp_path):
    # `python` and `pytest` are those that run this test.
    programs = os.path.dirname(sys.executable)
    environment = {
        **os.environ, "PATH": programs + os.pathsep + os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = []
    for language, text in BLOCK.findall(GUIDE.read_text()):
        if language == "python":
            name = re.match(r"# (\w+\.py)\n", text)
            assert name, f"a program without a name:\n{text}"
            (tmp_path / name[1]).write_text(text)
        else:
            assert language == "console", f"neither a program nor a command:\n{text}"
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
                result = subprocess.run(
                    command, shell=True, cwd=tmp_path, env=environment, text=True, timeout=120,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                )
                # Only the time that tests took is another one each time.
                output = re.sub(r" in [\d.]+s\b", " in 0.01s", result.stdout)
                assert (output, result.returncode) == (expected, 0), command
                ran.append(command)
    assert len(ran) >= 7

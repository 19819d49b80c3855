import subprocess
import sys

import pytest

import cfbench.files


def test_every_public_name_is_there():
    for name in cfbench.files.__all__:
        assert getattr(cfbench.files, name).__name__ == name
    assert set(cfbench.files._HOMES) == set(cfbench.files.__all__) == set(dir(cfbench.files))
    with pytest.raises(AttributeError, match="has no attribute 'reed'"):
        _ = cfbench.files.reed


def test_writing_a_file_brings_in_nothing_heavy():
    code = "import sys; from cfbench.files import write_bytes; sys.exit(bool({'httpx', 'PIL', 'numpy'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)

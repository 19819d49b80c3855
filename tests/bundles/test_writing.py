"""A bundle is a pure function of the run; a folder and a file of it are the same bundle."""

import hashlib
import json
import zipfile

import pytest
from bundled import unzipped, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfbench.bundles import open_bundle, write_bundle
from cfbench.bundles.writing import pack_bundle
from cfbench.bundles.zipping import members_of, zip_pieces
from cfbench.errors import DataError, UsageError
from cfbench.files.jcs import jcs_json


def test_the_same_run_gives_the_same_bytes(run, packed, tmp_path):
    path, _ = write_bundle(run, tmp_path / "again.cfbundle")
    assert path.read_bytes() == packed.read_bytes()


def test_it_holds_the_run_and_lies_beside_it(run):
    path, manifest = write_bundle(run)
    assert path == run.with_name("run.cfbundle")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("result.json") == (run / "result.json").read_bytes()
        for shard in (run / "predictions").iterdir():
            assert archive.read(f"predictions/{shard.name}") == shard.read_bytes()
    assert names == sorted([*manifest.files, "manifest.json"])
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_digest_is_that_of_the_canonical_manifest(packed, folder):
    value = json.loads((folder / "manifest.json").read_bytes())
    wanted = hashlib.sha256(jcs_json(value)).hexdigest()
    with open_bundle(packed) as one, open_bundle(folder) as other:
        assert one.digest == other.digest == wanted
        assert one.result == other.result
        assert one.record.identity["origin"]["model"]["name"] == "mock"
        assert sorted(path.suffix for path in one.predictions.iterdir()) == [".parquet", ".parquet"]
    assert not one.folder.exists()


def test_a_folder_is_packed_to_the_same_file(packed, folder, tmp_path):
    pack_bundle(folder, tmp_path / "repacked.cfbundle")
    assert (tmp_path / "repacked.cfbundle").read_bytes() == packed.read_bytes()


def test_no_path_host_or_time_is_in_it(packed, folder, run):
    texts = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert str(run.parent).encode() not in texts
    assert b"provenance" not in texts


def test_the_card_says_what_the_submitter_adds(run, tmp_path):
    (tmp_path / "text.md").write_text("Trained on **nothing**.\n")
    path, _ = write_bundle(run, tmp_path / "with.cfbundle", card=tmp_path / "text.md")
    card = (unzipped(path, tmp_path / "with") / "card.md").read_text()
    assert card.endswith("## From the submitter\n\nTrained on **nothing**.\n")
    (tmp_path / "text.md").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        write_bundle(run, tmp_path / "odd.cfbundle", card=tmp_path / "text.md")


def test_what_is_no_finished_run_is_refused(run, tmp_path):
    with pytest.raises(UsageError, match="not the folder of a finished run"):
        write_bundle(tmp_path)
    next((run / "predictions").iterdir()).write_bytes(b"else")
    with pytest.raises(DataError, match="not what the run wrote"):
        write_bundle(run)
    (run / "plan.json").unlink()
    with pytest.raises(DataError, match=r"plan\.json is missing"):
        write_bundle(run)


def test_what_is_no_bundle_is_not_opened(packed, tmp_path):
    with pytest.raises(DataError, match="no bundle at"), open_bundle(tmp_path / "none"):
        pass
    packed.write_bytes(packed.read_bytes()[:-1])
    with pytest.raises(DataError, match="not a bundle that can be used"), open_bundle(packed):
        pass


NAMES = st.text("abcXYZ0189._-/", min_size=1, max_size=12).filter(
    lambda name: not name.startswith("/") and not name.endswith("/") and "//" not in name
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, st.binary(max_size=40), max_size=6))
def test_any_zip_is_read_back_by_others(files):
    data = b"".join(zip_pieces(members_of(files)))
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_more_files_than_the_old_form_can_count_are_read_back():
    files = dict.fromkeys((f"{index:05d}" for index in range(65_600)), b"")
    import io

    data = b"".join(zip_pieces(members_of(files)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 65_600


def test_a_zip_is_what_its_folder_gives(folder, packed, tmp_path):
    assert zipped(folder, tmp_path / "z").read_bytes() == packed.read_bytes()

"""Files of somebody who means harm: each is a finding, none is an exception, and nothing is written outside."""

import json
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bundled import changed, errors, sealed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfbench.bundles import check, open_bundle, rescore
from cfbench.bundles import predictions as limits
from cfbench.bundles.manifest import RunRecord
from cfbench.errors import EnvironmentLackError
from cfbench.results import Result

QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _zip(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../out.json", "/tmp/out.json", "a/../../out.json", "C:\\out.json", "a\\b"])
def test_no_name_leads_out(name, tmp_path):
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    assert errors(_zip(place / "x.cfbundle", **{name: "{}"})) == {"CF101"}
    assert not list(tmp_path.rglob("out.json"))


def test_a_link_in_a_zip_or_a_folder_is_not_followed(folder, tmp_path):
    path = tmp_path / "x.cfbundle"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("result.json")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert errors(path) == {"CF101"}
    (folder / "result.json").unlink()
    (folder / "result.json").symlink_to("/etc/passwd")
    assert {"CF105", "CF109"} <= errors(folder)
    assert "CF201" not in errors(folder), "it was read through the link"


def test_a_bomb_is_not_unpacked(tmp_path):
    path = _zip(tmp_path / "x.cfbundle", **{"result.json": b"0" * 40_000_000})
    assert path.stat().st_size < 100_000
    assert errors(path) == {"CF101"}


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "x.cfbundle"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("result.json", "{}")
        archive.writestr("result.json", "[]")
    assert errors(path) == {"CF101"}


def test_names_that_differ_only_in_case_are_refused(folder):
    shard = min((folder / "predictions").iterdir())
    (folder / "predictions" / "A.parquet").write_bytes(shard.read_bytes())
    (folder / "predictions" / "a.parquet").write_bytes(shard.read_bytes())
    assert "CF108" in errors(sealed(folder))


JSON = {
    "duplicate keys": b'{"schema_version": 1, "schema_version": 1}',
    "NaN": b'{"schema_version": 1, "value": NaN}',
    "1e400": b'{"schema_version": 1, "value": 1e400}',
    "digits": b'{"schema_version": 1, "value": ' + b"9" * 5000 + b"}",
    "depth": b"[" * 100_000,
    "surrogate": b'{"schema_version": 1, "value": "\\ud800"}',
    "not text": b"\xff\xfe\x00",
    "empty": b"",
    "pickle": pickle.dumps({"schema_version": 1}),
}


@pytest.mark.parametrize("name", JSON)
def test_json_that_two_programs_read_differently_is_refused(name, folder, tmp_path):
    bare = tmp_path / "result.json"
    bare.write_bytes(JSON[name])
    assert errors(bare) == {"CF201"}
    for file, rule in (("manifest.json", "CF103"), ("environment.json", "CF401"), ("evidence.json", "CF208")):
        before = (folder / file).read_bytes()
        (folder / file).write_bytes(JSON[name])
        assert rule in errors(folder)
        (folder / file).write_bytes(before)


def test_a_list_of_a_million_faults_is_told_in_twenty(folder):
    changed(folder / "result.json", lambda result: result.update(scores=[{}] * 200, failed=[0] * 300_000))
    report = check(folder)
    assert len([finding for finding in report.findings if finding.id == "CF203"]) == 20


def test_a_huge_manifest_is_refused(folder):
    names = {f"predictions/{index}.parquet": {} for index in range(50_000)}
    changed(folder / "manifest.json", lambda value: value["files"].update(names))
    report = check(folder)
    assert "CF103" in {finding.id for finding in report.findings}
    assert len(report.findings) < 100


def _png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _predictions(folder, change):
    path = min((folder / "predictions").iterdir())
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return sealed(folder)


@pytest.mark.parametrize("data", [_png(50_000, 50_000), pickle.dumps([1]), b"GIF89a", b""], ids=len)
def test_what_is_no_picture_of_a_sane_size_is_refused(data, folder):
    _predictions(folder, lambda rows: rows[0]["images"].__setitem__(0, data))
    assert {"CF306"} <= errors(folder) <= {"CF306"}


def test_more_pixels_bytes_or_values_than_are_looked_at_end_it(folder, monkeypatch):
    for name, limit in (("MAX_PIXELS", 1000), ("MAX_UNPACKED", 100), ("MAX_ROW", 10), ("MAX_VALUES", 5)):
        with monkeypatch.context() as patched:
            patched.setattr(limits, name, limit)
            assert errors(folder) == {"CF309"}, name


def test_a_value_used_again_and_again_counts_as_often(folder, monkeypatch):
    """A dictionary holds it once in the file, and a naive reader makes a copy each time."""
    picture = _png(4, 4) + bytes(100_000)
    _predictions(folder, lambda rows: [row.update(images=[picture] * 50) for row in rows])
    assert sum(path.stat().st_size for path in folder.rglob("*.parquet")) < 200_000
    monkeypatch.setattr(limits, "MAX_UNPACKED", 10_000_000)
    assert errors(folder) == {"CF309"}


def test_more_rows_than_samples_are_not_read(folder):
    _predictions(folder, lambda rows: rows.extend([rows[0]] * 1000))
    assert errors(folder) == {"CF309"}


def test_a_pickle_by_any_name_is_no_file_of_predictions(folder, tmp_path):
    class Harm:
        def __reduce__(self):
            return Path.touch, (tmp_path / "harm",)

    min((folder / "predictions").iterdir()).write_bytes(pickle.dumps(Harm()))
    assert "CF301" in errors(sealed(folder))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("kind", ["detector", "metric", "dataset"])
def test_computing_again_runs_no_code_that_a_bundle_names(kind, folder, tmp_path):
    (tmp_path / "harm.py").write_text(f"open({str(tmp_path / 'harm')!r}, 'w')\nclass Harm: pass\n")
    name = f"{tmp_path / 'harm.py'}:Harm"
    with open_bundle(folder) as bundle:
        value = json.loads(bundle.result.model_dump_json())
        record = json.loads(bundle.record.model_dump_json())
        if kind == "detector":
            value["detectors"][0]["name"] = name
        elif kind == "dataset":
            value["dataset"]["name"] = name
        else:
            record["identity"]["metrics"][0]["name"] = name
        with pytest.raises(EnvironmentLackError, match=f"There is no {kind} '.*harm.py:Harm'"):
            rescore(
                bundle.predictions,
                Result.model_validate(value),
                RunRecord.model_validate(record),
                out=tmp_path / "out",
            )
    assert not (tmp_path / "harm").exists()


@QUICK
@given(st.data())
def test_a_bundle_that_is_cut_or_flipped_anywhere_is_refused(packed, data):
    whole = bytearray(packed.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        broken = bytes(whole[:at])
    else:
        whole[at] ^= data.draw(st.integers(1, 255))
        broken = bytes(whole)
    path = packed.with_name("broken.cfbundle")
    path.write_bytes(broken)
    assert not check(path).ok


@QUICK
@given(st.data())
def test_predictions_that_are_flipped_anywhere_raise_nothing(folder, data):
    path = min((folder / "predictions").iterdir())
    before = path.read_bytes()
    whole = bytearray(before)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole))
    check(sealed(folder))
    path.write_bytes(before)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@QUICK
@given(st.data())
def test_a_result_with_anything_anywhere_raises_nothing(run, data):
    path = run / "result.json"
    before = path.read_bytes()
    value = json.loads(before)
    part = value
    while isinstance(part, (dict, list)) and part:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        if not isinstance(part[key], (dict, list)) or not part[key] or data.draw(st.booleans()):
            part[key] = data.draw(VALUES)
            break
        part = part[key]
    path.write_text(json.dumps(value))
    for report in (check(run), check(path)):
        json.dumps(report.to_json(), allow_nan=False).encode()
    path.write_bytes(before)


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_as_a_bundle_or_a_result_raise_nothing(tmp_path, data):
    for name in ("x.cfbundle", "x.json"):
        (tmp_path / name).write_bytes(data)
        assert not check(tmp_path / name).ok
    (tmp_path / "y.cfbundle").write_bytes(b"PK\x03\x04" + data)
    assert not check(tmp_path / "y.cfbundle").ok

"""Scene strings: exact round trips, and nothing foreign gets in."""

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.worlds.park import classes
from cfbench.worlds.park.strings import Clip, clip, format_scene, parse_scene, used_clips

coordinates = st.one_of(st.integers(-10000, 10000).map(float), st.floats(-10000, 10000))


@st.composite
def clips(draw):
    kind = draw(st.integers(0, 7))
    variant = draw(st.integers(0, classes.KIND_VARIANTS[kind] - 1))
    depth = draw(st.sampled_from([0, 1, 2, -10000]))
    return Clip(
        classes.png_name(kind, variant),
        draw(st.integers(0, 999)),
        variant,
        kind,
        draw(coordinates),
        draw(coordinates),
        depth,
        draw(st.booleans()),
    )


@given(st.lists(clips(), max_size=40).map(tuple))
def test_parsing_inverts_formatting(scene):
    assert parse_scene(format_scene(scene)) == scene


@given(st.text(alphabet="0123456789,.-_spnaif\n", max_size=80))
def test_garbage_is_a_data_error_or_a_scene(text):
    try:
        scene = parse_scene(text)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert parse_scene(format_scene(scene)) == scene


GOOD = "1,s_3s.png,0,3,0,469,31.5,2,1"


def test_the_fields_mean_what_the_specification_says():
    assert parse_scene(GOOD) == (Clip("s_3s.png", 0, 3, 0, 469.0, 31.5, 2, flip=True),)
    assert parse_scene(GOOD + ",") == parse_scene(GOOD)
    assert parse_scene("0") == parse_scene("0,") == ()
    assert format_scene(parse_scene(GOOD)) == GOOD + ","


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "whole number"),
        ("{}", "whole number"),
        ("2,s_3s.png,0,3,0,469,31,2,1", "announces 2 clips but holds 8"),
        (GOOD + ",5", "announces 1"),
        (GOOD + ",,", "announces 1"),
        (GOOD.replace("469", "nan"), "finite number"),
        (GOOD.replace("469", "inf"), "finite number"),
        (GOOD.replace("469", "1e400"), "finite number|at most"),
        (GOOD.replace("469", "1_0"), "finite number"),
        (GOOD.replace("469", " 1"), "finite number"),
        (GOOD.replace("469", "٣"), "finite number"),
        (GOOD.replace("469", "10001"), "at most 10000"),
        (GOOD.replace("s_3s.png", "../x.png"), "is not CoDraw's clip art"),
        (GOOD.replace("s_3s.png,0,3", "s_8s.png,0,8"), "is not CoDraw's clip art"),
        (GOOD.replace(",2,1", ",3,1"), "out of range"),
        (GOOD.replace(",2,1", ",2,2"), "out of range"),
        ("-1,", "refused"),
        ("513," + "x," * 8, "refused"),
        ("9" * 70000, "refused"),
        ("1" * 5000, "whole number"),
    ],
)
def test_foreign_text_is_refused(text, says):
    with pytest.raises(DataError, match=says) as caught:
        parse_scene(text)
    assert len(str(caught.value)) < 250


def test_unused_is_either_coordinate():
    sun, boy = clip(0, 3, 10, 10), clip(2, 34, 400, 300, 1, flip=True)
    for x, y in ((-10000, 5), (5, -10000), (1001, 5)):
        hidden = clip(1, 0, x, y)
        assert used_clips(format_scene((sun, hidden, boy))) == (sun, boy)


def test_the_58_classes():
    labels = {
        classes.class_of(kind, variant)
        for kind, count in enumerate(classes.KIND_VARIANTS)
        for variant in range(count)
    }
    assert labels == set(range(58))
    assert len(set(classes.CLASS_NAMES)) == 58
    assert len(set(classes.all_png_names())) == 126
    named = {"s_3": "sun", "s_1": "hot air balloon", "a_5": "snake", "e_2": "hot dog", "t_14": "campfire"}
    named |= {"hb0_17": "boy", "hb1_34": "girl", "p_9": "apple tree", "c_9": "sunglasses"}
    for png, name in named.items():
        prefix, variant = png.rsplit("_", 1)
        label = classes.class_of(classes.KIND_PREFIXES.index(prefix), int(variant))
        assert classes.CLASS_NAMES[label] == name
        assert classes.kind_of(label) == classes.KIND_PREFIXES.index(prefix)
    assert classes.look_of(5 * 3 + 1) == ("running", "wide smile")
    with pytest.raises(DataError, match="no clip art"):
        classes.class_of(0, 8)


def test_every_string_of_the_real_data_survives(real_data):
    path = real_data / "codraw" / "CoDraw_1_0.json.gz"
    with gzip.open(path) as stream:
        dialogues = json.load(stream)["data"]
    texts = {d["abs_t"] for d in dialogues.values()}
    for name in sorted(dialogues)[:: len(dialogues) // 500]:
        texts |= {entry["abs_d"] for entry in dialogues[name]["dialog"] if entry["abs_d"]}
    respelled = 0
    for text in texts:
        scene = parse_scene(text)
        again = format_scene(scene)
        assert parse_scene(again) == scene
        respelled += again != text.removesuffix(",") + ","
        palette = [f for f in re.findall(r"s\.png,\d+,\d+,\d,([^,]+),([^,]+)", text) if "-10000" not in f]
        assert len(used_clips(text)) == len(palette)
    assert respelled < len(texts) / 100

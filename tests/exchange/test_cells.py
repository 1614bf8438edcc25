"""Cells of tables: formulas made harmless, numbers exact, missing values blank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from napari_grimace.exchange import harmless
from napari_grimace.exchange.cells import as_cell, as_text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=HYPERLINK(1)"],
)
def test_text_that_could_be_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["Anna", "mouse-1", "a=b", "", "2024", "é", "日本"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_what_no_spreadsheet_can_hold_is_taken_out() -> None:
    assert harmless("\x00=1\x07") == "'=1"


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).lstrip().startswith(("=", "+", "-", "@"))
    assert not harmless(text).startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_floats_read_back_as_the_same_number(
    dtype: type[np.floating], data: st.DataObject
) -> None:
    numbers = nps.arrays(dtype, 5, elements={"allow_nan": False})
    values = data.draw(numbers)
    back = np.array([dtype(cell) for cell in as_text(values)])
    np.testing.assert_array_equal(back, values)


def test_numbers_stay_numbers_and_nan_is_blank() -> None:
    assert as_text(np.array([-1.0, 2.0, 0.1, np.nan])) == ["-1", "2", "0.1", ""]
    assert as_text(np.array([True, False])) == ["1", "0"]
    assert as_text(np.array([-3, 4])) == ["-3", "4"]
    assert as_text(np.array(["-3", "x"], dtype=object)) == ["'-3", "x"]
    assert as_cell(np.float32(0.1)) == 0.1
    assert as_cell(np.nan) is None
    assert as_cell(np.int64(3)) == 3
    assert as_cell("=1") == "'=1"

"""Long work: generators of progress, and the functions made of them."""

import inspect

import pytest

from napari_grimace.progress import Progress, drive, in_one_go


def iter_count(last: int, *, step: int = 1):
    """Count.

    Parameters
    ----------
    last
        Up to here.

    Yields
    ------
    Progress
        After each number.

    Raises
    ------
    ValueError
        If it is negative.
    """
    if last < 0:
        raise ValueError(last)
    for number in range(0, last, step):
        yield Progress(number + 1, last)
    return last


count = in_one_go(iter_count, "count")


def test_it_runs_to_the_end_and_gives_what_the_work_gives():
    assert count(5) == drive(iter_count(5)) == 5
    with pytest.raises(ValueError, match="-1"):
        count(-1)


def test_its_help_is_that_of_the_work_without_the_progress():
    assert count.__name__ == "count"
    assert list(inspect.signature(count).parameters) == ["last", "step"]
    assert "Yields" not in count.__doc__
    assert "After each number" not in count.__doc__
    assert count.__doc__.index("Up to here") < count.__doc__.index("Raises\n")


def test_a_last_section_of_progress_goes_too():
    def work():
        """Work.

        Yields
        ------
        Progress
            Now and then.
        """
        yield Progress(1, 1)

    work.__doc__ = inspect.cleandoc(work.__doc__).replace("\n", "\n    ")
    assert in_one_go(work, "work").__doc__.strip() == "Work."

"""Errors and warnings that are written for the person at the keyboard.

Each message says what is wrong, with which file, row or field, and what to do.
"""


class GrimaceError(Exception):
    """Anything that a user can mend; the command line shows it without a traceback."""


class ScaleError(GrimaceError):
    """A grimace scale is unknown, or its file is not valid."""


class VideoError(GrimaceError):
    """A video cannot be opened or read, or a region of interest does not fit it."""


class RecordingError(GrimaceError):
    """A recording breaks a rule of the data model, or cannot be read or written."""


class StudyError(GrimaceError):
    """A sample sheet or table of scores has faults, or does not hold what is asked."""


class ModelError(GrimaceError):
    """A model is unknown, damaged, or does not serve the scale asked for."""


class ExportError(GrimaceError):
    """A file for another program cannot be written."""


class GrimaceWarning(UserWarning):
    """Something was worked around; the message says what, and what it means."""

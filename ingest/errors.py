"""The errors a person can do something about.

Every expected error is one line that says what is wrong and where, a remedy
that says what to do, and an exit code. Anything else that is raised is a bug
and keeps its traceback.

Exit codes: 0 done; 1 done, with failures listed; 2 wrong usage; 3 another run
is at work; 4 damaged and repaired; 5 could not; 6 a model is missing or unfit.
"""


class LifeArchiveError(Exception):
    """Something expected went wrong; `str()` says what and where."""

    exit_code = 5

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        """What the owner can do about it, as a sentence. Empty if nothing."""


class UnreadableFile(LifeArchiveError):
    """A whole file cannot be read: encrypted, damaged, not what its name says."""

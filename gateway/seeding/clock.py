"""A clock that stands until it is set: by it the last days happen again."""

from datetime import datetime


class SetClock:
    """`at`: the time now."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

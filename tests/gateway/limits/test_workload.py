"""How long a hop would take while many are under way, and when it is too long."""

from collections import deque

import pytest

from gateway.limits.workload import Workload

CONNECTIONS, BEARABLE = 8, 0.75


class Simulated:
    """A service that answers `pace` hops a second, first come first served, and up to `CONNECTIONS` of them at once
    without waiting; dials come `rate` a second. Time is the test's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.workload = Workload(CONNECTIONS, BEARABLE, lambda: self.now)
        self.came_at = deque[tuple[float, float | None]]()
        self.took = list[float]()
        self.turned_away = 0
        self._work, self._dials = 0.0, 0.0

    def go_on(self, seconds: float, *, rate: float, pace: float) -> None:
        """Play so many seconds, in steps of a millisecond. `took` and `turned_away` are of these."""
        self.took, self.turned_away = [], 0
        for _ in range(round(seconds * 1000)):
            self.now += 0.001
            self._work = self._work + pace / 1000 if self.came_at else 0.0
            while self._work >= 1 and self.came_at:
                self._work -= 1
                came_at, began_at = self.came_at.popleft()
                self.workload.end(began_at, is_answered=True)
                self.took.append(self.now - came_at)
            self._dials += rate / 1000
            while self._dials >= 1:
                self._dials -= 1
                self._dial()

    def _dial(self) -> None:
        if self.workload.is_too_much():
            self.turned_away += 1
        else:
            self.came_at.append((self.now, self.workload.begin()))


@pytest.mark.parametrize("rate", [0.1, 10, 100, 900])
def test_who_can_be_answered_in_time_is_never_turned_away(rate: float) -> None:
    service = Simulated()
    service.go_on(30, rate=rate, pace=1000)
    assert service.turned_away == 0


@pytest.mark.parametrize("pace", [50, 1000])
@pytest.mark.parametrize("times", [1.5, 4])
def test_of_more_than_it_can_do_it_takes_what_it_can_and_answers_that_soon(pace: float, times: float) -> None:
    service = Simulated()
    service.go_on(10, rate=pace * times, pace=pace)
    service.go_on(20, rate=pace * times, pace=pace)
    assert len(service.took) > 20 * pace * 0.95, "it is not idle while it turns callers away"
    assert service.turned_away > 20 * pace * (times - 1) * 0.9
    assert max(service.took) < max(10 * CONNECTIONS / pace, BEARABLE / 4), "and nobody waits in a long queue"


@pytest.mark.parametrize("seconds", [0.1, 0.3])
def test_a_moment_in_which_nothing_is_answered_is_waited_for(seconds: float) -> None:
    """As where a disk is slow to write."""
    service = Simulated()
    service.go_on(10, rate=100, pace=1000)
    service.go_on(seconds, rate=100, pace=0)
    assert service.turned_away == 0
    service.go_on(10, rate=100, pace=1000)
    assert service.turned_away == 0


def test_what_takes_long_but_waits_for_nothing_is_no_queue() -> None:
    """As where the database is far away: a hop takes 0.1 s, and twenty at once take no longer."""
    now, began = [0.0], deque[float | None]()
    workload = Workload(CONNECTIONS, BEARABLE, lambda: now[0])
    for at_once in (*[2] * 100, *[20] * 5000):
        now[0] += 0.1 / at_once
        assert not workload.is_too_much()
        began.append(workload.begin())
        while len(began) >= at_once:
            workload.end(began.popleft(), is_answered=True)


def test_a_burst_is_taken_whole_if_it_is_answered_soon() -> None:
    service = Simulated()
    service.go_on(0.01, rate=30_000, pace=1000)
    assert service.turned_away == 0
    service.go_on(1, rate=0, pace=1000)
    assert max(service.took) < BEARABLE


def test_where_nothing_is_answered_any_more_no_more_are_taken_and_where_it_is_again_all_are() -> None:
    service = Simulated()
    service.go_on(10, rate=500, pace=1000)
    service.go_on(10, rate=500, pace=0)
    assert len(service.came_at) <= 500 * BEARABLE * 2, "as many as came before it was noticed"
    service.go_on(3, rate=500, pace=1000)
    service.go_on(10, rate=500, pace=1000)
    assert service.turned_away == 0


def test_what_is_late_or_fails_is_no_sign_of_pace() -> None:
    now = [0.0]
    workload = Workload(CONNECTIONS, BEARABLE, lambda: now[0])
    began = [workload.begin() for _ in range(100)]
    now[0] = 3.0
    for began_at in began[:50]:
        workload.end(began_at, is_answered=False)
    assert workload.is_too_much()


def test_as_many_as_there_are_connections_are_taken_however_slow_they_are() -> None:
    now = [0.0]
    workload = Workload(CONNECTIONS, BEARABLE, lambda: now[0])
    for _ in range(CONNECTIONS):
        assert not workload.is_too_much()
        workload.begin()
        now[0] += 3600
    assert workload.is_too_much()

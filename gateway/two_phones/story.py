"""Plays the story: all of it, or step by step; stops between any two keys; and shows again how a step had ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from gateway.two_phones.browser_phone import NO_ANSWER
from gateway.two_phones.scene import OffScriptError, Scene
from gateway.two_phones.story_steps import STEPS, set_stage

log = structlog.get_logger()

PACES: Final = {"slow": 2.0, "readable": 1.0, "quick": 0.3, "at once": 0.0}
_MOST_TRIES, _TRIES_AGAIN_SECONDS = 40, 2.0
Shown = Mapping[str, str]


class Story:
    """`done`: how many steps have been played. `looks_back`: after which step the phones are shown as they were then;
    None: as they are. `fault`: why it does not go on.

    `begin` gives the scene of a new story; `shown`: what the phones show now; `changed` is called after every change.
    """

    def __init__(
        self, begin: Callable[[], Awaitable[Scene]], shown: Callable[[], Shown], changed: Callable[[], None]
    ) -> None:
        self.done, self.pace, self.fault = 0, "readable", ""
        self.looks_back: int | None = None
        self._begin, self._shown, self._changed = begin, shown, changed
        self._goal, self._is_under_way = 0, False  # between the first key of a step and its end
        self._scene: Scene | None = None
        self._pictures: list[Shown] = []
        self._goes = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_playing(self) -> bool:
        return self._goes.is_set()

    @property
    def is_over(self) -> bool:
        return self.done == len(STEPS)

    @property
    def has_begun(self) -> bool:
        return self._scene is not None

    @property
    def reference(self) -> str:
        return self._scene.reference if self._scene else ""

    @property
    def picture(self) -> Shown | None:
        """What the phones showed after the step that is looked back to."""
        return None if self.looks_back is None else self._pictures[self.looks_back - 1]

    @property
    def current(self) -> int:
        """The step, from 1, that is played or was played last, or that is looked back to; 0 before the first."""
        if self.looks_back is not None:
            return self.looks_back
        return self.done + 1 if self.has_begun and self._is_under_way else self.done

    def play(self) -> None:
        """Play to the end; once it is over, begin a new story."""
        self._go(len(STEPS))

    def pause(self) -> None:
        """Stop before the next key."""
        self._goes.clear()
        self._changed()

    def step(self) -> None:
        """Look one step less back, or play one step."""
        if self.looks_back is None:
            self._go(self.done + 1)
        else:
            self._look(self.looks_back + 1)

    def back(self) -> None:
        """Show the phones as they were a step before. Nothing is undone."""
        self.pause()
        self._look((self.done if self.looks_back is None else self.looks_back) - 1)

    def to(self, step: int) -> None:
        """Show how a step had ended, or play until it has."""
        if step <= self.done:
            self.pause()
            self._look(step)
        else:
            self._go(step)

    async def begin_anew(self) -> None:
        """Leave this story where it is; the next key begins another one, with new numbers."""
        await self.close()
        self._forget()
        self._changed()

    async def loses_somebody(self, name: str) -> None:
        """Leave a story that is not over: somebody in it has another number, and would wait for SMS that never come."""
        if self.has_begun and not self.is_over:
            await self.begin_anew()
            self.fault = f"{name} has another number, so the story is left where it was. Play begins a new one."

    def returns(self) -> None:
        """Show the phones as they are."""
        self.looks_back = None

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def beat(self, seconds: float) -> None:
        """Wait as long as the pace says, and as long as the story is paused."""
        self._changed()
        await asyncio.sleep(seconds * PACES[self.pace])
        await self._goes.wait()

    def _look(self, step: int) -> None:
        self.looks_back = max(step, 1) if step < self.done else None
        if not self.done:
            self.looks_back = None
        self._changed()

    def _go(self, goal: int) -> None:
        self.looks_back, self.fault = None, ""
        if self.is_over:
            self._forget()
        self._goal = min(max(goal, 1), len(STEPS))
        self._goes.set()
        if not self._is_under_way:
            self._is_under_way = True
            self._task = asyncio.create_task(self._run())
        self._changed()

    def _forget(self) -> None:
        self.done, self._scene, self._pictures = 0, None, []
        self.looks_back, self.fault = None, ""

    async def _run(self) -> None:
        try:
            if self._scene is None:
                scene = await self._begin()
                await set_stage(scene)
                self._scene = scene
            while self.done < self._goal:
                await self._play_step(self._scene)
                self.done += 1
                self._pictures.append(dict(self._shown()))
        except (OffScriptError, *NO_ANSWER) as fault:
            self.fault = str(fault) or "The service did not answer in time."
        except Exception:
            log.exception("the story broke off")
            self.fault = "The story broke off; the log says why."
        finally:
            self._is_under_way = False
            self._goes.clear()
            self._changed()

    async def _play_step(self, scene: Scene) -> None:
        """Play a step; where a screen is not as expected, because a server is away, try again for a while."""
        scene.forgets_sms()
        for _ in range(_MOST_TRIES - 1):
            try:
                await STEPS[self.done].play(scene)
            except OffScriptError as fault:
                self.fault = f"{fault}. It is tried again."
                self._changed()
                await asyncio.sleep(_TRIES_AGAIN_SECONDS)
            else:
                self.fault = ""
                return
        await STEPS[self.done].play(scene)

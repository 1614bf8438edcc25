"""How an animal moves and feels in the course of a video."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.phantom.scene import Units

if TYPE_CHECKING:
    from napari_grimace.phantom.arrays import Doubles
    from napari_grimace.phantom.scene import Animal

_LEAVING = 7.0
"""Seconds that walking off and coming back takes."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Course of everything that changes, one value per frame.

    Attributes
    ----------
    pain
        (frame,) latent state, 0 to 1.
    units
        (frame, 7) intensities: orbital left and right, ear left and right, nose,
        cheek, whiskers; the eyes without blinks.
    blink
        (frame,) 0 open to 1 shut.
    yaw, pitch, roll
        (frame,) of the head, degrees.
    body
        (frame,) direction of the body, degrees.
    centre
        (frame, 2) y, x of the head in parts of the image.
    """

    pain: Doubles
    units: Doubles
    blink: Doubles
    yaw: Doubles
    pitch: Doubles
    roll: Doubles
    body: Doubles
    centre: Doubles

    def __len__(self) -> int:
        return len(self.pain)

    def pose(self, animal: Animal, frame: int) -> Animal:
        """Put an animal as it is in a frame."""
        u = self.units[frame].tolist()
        shut = float(self.blink[frame])
        units = Units(
            orbital=(max(u[0], shut), max(u[1], shut)),
            ear=(u[2], u[3]),
            nose=u[4],
            cheek=u[5],
            whiskers=u[6],
        )
        y, x = self.centre[frame].tolist()
        yaw = float(self.yaw[frame])
        return replace(
            animal,
            units=units,
            pain=float(self.pain[frame]),
            yaw=yaw,
            pitch=float(self.pitch[frame]),
            roll=float(self.roll[frame]),
            turn=float(self.body[frame]) - yaw,
            centre=(y, x),
        )


def wander(
    rng: np.random.Generator, frames: int, step: float, memory: float, columns: int = 1
) -> Doubles:
    """Smooth random course (frames, columns), mean 0 and spread 1.

    An Ornstein-Uhlenbeck process, smoothed by a second one of a fifth its memory, so
    that it has no kinks.

    Parameters
    ----------
    rng
        Chance.
    frames, columns
        Shape.
    step
        Seconds between frames.
    memory
        Seconds after which the process has forgotten most.
    """
    keep, smooth = np.exp(-step / memory), np.exp(-step / (memory / 5))
    value = rng.standard_normal(columns)
    slow = value.copy()
    course = np.empty((frames, columns))
    for frame in range(frames):
        value = keep * value + np.sqrt(1 - keep**2) * rng.standard_normal(columns)
        slow = smooth * slow + (1 - smooth) * value
        course[frame] = slow
    return np.asarray(course * np.sqrt(1.2), np.float64)


def make_motion(rng: np.random.Generator, seconds: float, fps: float) -> Motion:
    """Draw the course of a video.

    Pain rises and falls over some ten seconds, and the units follow it loosely. The
    animal mostly faces the camera, turns away at times, walks off about twice a
    minute, blinks every few seconds.

    Parameters
    ----------
    rng
        Chance.
    seconds
        Length.
    fps
        Frames per second.
    """
    frames, step = max(1, round(seconds * fps)), 1 / fps
    time = np.arange(frames, dtype=np.float64) * step
    # A slow swell under the wandering, so that a minute holds all grades.
    swell = -np.cos(2 * np.pi * time / 40 + rng.normal(0, 0.3))
    pain = _spread(0.7 * wander(rng, frames, step, 9.0)[:, 0] + 1.1 * swell)
    own = _spread(wander(rng, frames, step, 7.0, 7))
    own[:, 1] = 0.85 * own[:, 0] + 0.15 * own[:, 1]
    own[:, 3] = 0.85 * own[:, 2] + 0.15 * own[:, 3]
    units = np.clip((0.62 * pain[:, None] + 0.38 * own - 0.5) * 1.25 + 0.5, 0, 1)
    away = _episodes(rng, time, every=26.0, lasting=_LEAVING)
    turned = _episodes(rng, time, every=17.0, lasting=4.0)
    look = wander(rng, frames, step, 2.2)[:, 0] * 27
    side = np.where(wander(rng, frames, step, 20.0)[:, 0] > 0, 1.0, -1.0)
    side = np.convolve(np.pad(side, 15, mode="edge"), np.ones(31) / 31, "valid")
    yaw = look + 24 * side + 95 * turned * side + 60 * away
    drift = wander(rng, frames, step, 5.0, 2) * [0.035, 0.10]
    centre = np.array([0.53, 0.50]) + drift
    centre[:, 1] += 1.1 * away
    return Motion(
        pain=pain,
        units=units,
        blink=_blinks(rng, time),
        yaw=yaw,
        pitch=-6 + 8 * wander(rng, frames, step, 1.6)[:, 0],
        roll=5 * wander(rng, frames, step, 2.5)[:, 0],
        body=0.55 * _lagging(yaw, step, 1.2),
        centre=centre,
    )


def _spread(course: Doubles) -> Doubles:
    """From mean 0, spread 1 to nearly uniform over 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-1.7 * course)))


def _episodes(
    rng: np.random.Generator, time: Doubles, *, every: float, lasting: float
) -> Doubles:
    """0, with rounded rises to 1 that last some seconds."""
    course = np.zeros_like(time)
    at = rng.uniform(0.4, 0.8) * every
    while at + lasting < time[-1]:
        into = np.clip((time - at) / lasting, 0, 1)
        course = np.maximum(course, np.sin(np.pi * into) ** 2 * (into > 0) * (into < 1))
        at += lasting + rng.uniform(0.6, 1.2) * every
    return course


def _blinks(rng: np.random.Generator, time: Doubles) -> Doubles:
    course = np.zeros_like(time)
    at = rng.uniform(0.5, 4)
    while at < time[-1]:
        course = np.maximum(course, np.exp(-(((time - at) / 0.07) ** 2)))
        at += 0.3 + rng.exponential(4.5)
    return course


def _lagging(course: Doubles, step: float, memory: float) -> Doubles:
    keep = np.exp(-step / memory)
    value, out = course[0], np.empty_like(course)
    for n, target in enumerate(course):
        value = keep * value + (1 - keep) * target
        out[n] = value
    return out

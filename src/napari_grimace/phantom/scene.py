"""What a picture shows, before it is drawn: animals, light, backdrop, camera."""

from __future__ import annotations

from dataclasses import dataclass

SPECIES = ("mouse", "rat")
COATS = ("white", "black", "agouti", "hooded", "grey", "brown", "cream")
FRAMINGS = ("crop", "scene", "negative")


@dataclass(frozen=True, slots=True)
class Units:
    """Intensities of the action units, 0 (absent) to 1.

    Pairs are the animal's left and right.
    """

    orbital: tuple[float, float] = (0.0, 0.0)
    ear: tuple[float, float] = (0.0, 0.0)
    nose: float = 0.0
    cheek: float = 0.0
    whiskers: float = 0.0


@dataclass(frozen=True, slots=True)
class Build:
    """How one animal differs from the mean of its species: factors around 1."""

    snout: float = 1.0
    width: float = 1.0
    height: float = 1.0
    eye: float = 1.0
    eye_forward: float = 0.0
    eye_up: float = 0.0
    ear: float = 1.0
    ear_width: float = 1.0
    fat: float = 1.0
    hair: float = 1.0


@dataclass(frozen=True, slots=True)
class Coat:
    """Colours, as shares of white (red, green, blue)."""

    name: str
    fur: tuple[float, float, float]
    second: tuple[float, float, float]
    ear: tuple[float, float, float]
    nose: tuple[float, float, float]
    eye: tuple[float, float, float]
    rim: tuple[float, float, float]
    speckle: float = 0.05
    blaze: float = 0.0
    patches: float = 0.0
    belly: float = 0.0
    mask: float = 0.0


@dataclass(frozen=True, slots=True)
class Extras:
    """Things on and around the animal."""

    cap: float = 0.0
    cable: bool = False
    tag: int = 0
    notch: int = 0
    paws: float = 0.0
    whisker_strength: float = 0.6
    whisker_shade: float = 0.9
    highlights: int = 1
    bright_pupil: float = 0.0
    wet: float = 0.0


@dataclass(frozen=True, slots=True)
class Animal:
    """One animal.

    Attributes
    ----------
    species, coat, build, units, extras
        What it looks like.
    yaw, pitch, roll
        Turn of the head in degrees: yaw 0 is frontal, 90 is nose to the image's
        right; pitch up and roll anticlockwise are positive.
    turn, rise
        Direction of the body against the head's, degrees.
    centre
        y, x of the head's middle in parts of the image.
    length
        Head length (nose to occiput) in parts of the image's shorter side.
    distance
        Camera distance in head lengths.
    pain
        Latent state, 0 to 1, from which the units were drawn.
    has_face
        False for a body whose head is not drawn.
    seed
        Of hair and other detail.
    """

    species: str
    coat: Coat
    build: Build
    units: Units
    extras: Extras
    yaw: float
    pitch: float
    roll: float
    turn: float
    rise: float
    centre: tuple[float, float]
    length: float
    distance: float
    pain: float
    seed: int
    stretch: float = 1.0
    has_face: bool = True


@dataclass(frozen=True, slots=True)
class Light:
    """Light on the scene; `direction` points to the lamp (x right, y down, z near)."""

    direction: tuple[float, float, float]
    ambient: float
    strength: float
    rim: float
    rim_side: float
    colour: tuple[float, float, float]
    occlusion: float
    backlight: float = 0.0


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera does to the picture."""

    grey: bool
    infrared: bool
    exposure: float
    contrast: float
    gamma: float
    vignette: float
    noise: float
    blur: float
    motion: tuple[float, float]
    jpeg: int
    cast: tuple[float, float, float]
    spot: float
    shrink: float = 1.0


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What lies behind and before the animals."""

    kind: str
    seed: int
    brightness: float
    tint: tuple[float, float, float]
    floor: float
    things: tuple[str, ...] = ()
    front: tuple[str, ...] = ()
    blur: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture to be drawn."""

    animals: tuple[Animal, ...]
    light: Light
    camera: Camera
    backdrop: Backdrop
    seed: int
    framing: str = "crop"

    @property
    def in_pain(self) -> bool:
        """Whether the first animal was drawn in pain."""
        from napari_grimace.phantom.levels import IN_PAIN

        return bool(self.animals) and self.animals[0].pain >= IN_PAIN

"""A video whose key frames lie far apart, and recordings of it."""

import av
import numpy as np

from napari_grimace.recording import RecordingStore, rater_block
from napari_grimace.video import open_source

COUNT, GOP = 240, 120


def write_long_clip(path):
    """Write frames that show their number in the brightness of two halves."""
    options = {"x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=2"}
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(COUNT):
            picture = np.zeros((120, 160, 3), np.uint8)
            picture[:, :80] = number
            picture[:, 80:] = 255 - number
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode(None))
    return path


def shown(layer):
    """The picture that napari has for the canvas."""
    return np.asarray(layer._data_view)


def record(path, clip, rater, frames):
    """Write a recording whose boxes begin at 10 px and a tenth of the frame number."""
    source = open_source(clip)
    corner = np.full((len(frames), len(rater.scale.regions), 2), 10.0)
    corner += np.asarray(frames)[:, None, None] / 10
    block = rater_block(
        rater,
        frames,
        source.times[frames],
        box=np.concatenate([corner, corner + 20], axis=-1),
        score=np.full((len(frames), len(rater.scale.units)), 2.0),
        video=source.attrs,
    )
    store = RecordingStore.create(path, source.attrs)
    store.add_rater(rater)
    store.append(rater.label, block)
    return path

"""Lets ``python -m napari_grimace`` do what the command ``napari-grimace`` does."""

from napari_grimace.cli import main

if __name__ == "__main__":
    main()

"""Grimace scores for mice and rats from video."""

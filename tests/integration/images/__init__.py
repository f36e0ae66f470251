"""Tests of images against real registries and engines."""

"""Tests of the image rooms without servers."""

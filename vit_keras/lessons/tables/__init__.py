"""Recorded results as lessons show them, a file a kind of experiment."""

from vit_keras.lessons.tables.showing import known, show

"""Right answers and hints, a file a lesson: `ANSWERS` maps the number of an exercise to its `Exercise`."""

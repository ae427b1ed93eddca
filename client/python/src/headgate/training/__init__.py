"""Trainings: their results, and the jobs that they are."""

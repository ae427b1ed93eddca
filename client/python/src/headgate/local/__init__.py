"""What is done in numpy where it stands: cheap fits, and the applications of a fit. Pure functions."""

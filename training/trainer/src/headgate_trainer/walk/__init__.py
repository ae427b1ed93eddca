"""The trainer ``walk_forward``: a model a fold, and predictions of the rows that it did not see."""

"""Tables that are sent once and named ever after: the user's own, and those that drop-ins see again."""

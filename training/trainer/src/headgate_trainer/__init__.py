"""The process in which Headgate trains models. The gateway runs ``python -m headgate_trainer``.

It reads messages on its standard input and writes answers on descriptor 3 (``pipe.py``); standard
output and standard error are the job's log. No code and no pickle from a client ever runs here:
a trainer is chosen by name, and its parameters are numbers, strings, lists and maps.
"""

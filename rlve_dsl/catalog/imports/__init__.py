"""Importing products from files: read as a stream, values cleaned or left out, records that cannot be products set aside.

Nothing is guessed: a value that is not clear counts as missing, and the reason is counted.
"""

"""Domains: entities and their tables, and tools made of look-ups, refusals, rulings, effects and a result.

`kinds` reads types, `data` reads rows, `made` compiles values, `changes` effects, `tools` tools, and `domain` all of them.
"""

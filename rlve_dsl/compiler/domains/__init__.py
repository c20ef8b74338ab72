"""Domain files that environments are played in: their data, their tables, and recorded calls. `rlve_dsl.domains` compiles tools."""

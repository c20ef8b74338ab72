"""The text of rules: grammar, syntax tree, formatter, and messages about lines that are wrong."""

"""What a catalog holds: its columns, ids and texts, its product types, and one product as the language sees it."""

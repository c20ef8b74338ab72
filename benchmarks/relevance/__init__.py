"""Sets of queries with what counts as right: how well a search serves who knows the product, and who only knows the need."""

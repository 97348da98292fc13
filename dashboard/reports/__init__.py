"""Board packs: what a board reads on paper, made of the same figures as the pages."""

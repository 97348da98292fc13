"""The proof that the statistics are right: every recorded answer, worked out again and compared."""

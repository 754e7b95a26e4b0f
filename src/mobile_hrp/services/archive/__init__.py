"""Archive bundles: collected from the books, packed, kept, tested and handed out."""

"""Archive bundles: what belongs to a finished document, kept so that any change is found."""

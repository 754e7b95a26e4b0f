"""Receipt fields, proofs, fusion and duplicate keys."""

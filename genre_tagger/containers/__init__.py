"""Our own byte-level parsers: what proves that a write changed nothing else, and what splices ID3, RIFF and APEv2."""

"""Minutes of writes while processes are killed at random, then the proof: `make soak MINUTES=10 SEED=1`."""

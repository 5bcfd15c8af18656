"""Results of the speech recognisers Chinese call centres use, one module a maker."""

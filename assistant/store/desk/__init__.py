"""The tables of the complaint desk and the queries on them. Moments are handed in: a clock can be moved."""

"""Unit tests of the benchmarks: the cases they draw and the errors they plant, not what they measure."""

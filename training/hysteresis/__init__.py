"""The hysteresis of a regime change, chosen on crude oil."""

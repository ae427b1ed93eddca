"""Which hysteresis a regime change should need, chosen on crude oil."""

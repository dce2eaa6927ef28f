"""The police register of cyber-violence: one record an incident, pre-filled from what she told."""

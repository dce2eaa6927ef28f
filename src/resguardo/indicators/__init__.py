"""Figures for the programme, the institutions and the public: counted from records, never from words."""

"""The register written out: packages of data with their dictionary, tables that others ask for, open data."""

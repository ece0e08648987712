"""pawaPay, a rail to the mobile money of several countries: its Merchant API v2 (docs/wires.md, "pawaPay")."""

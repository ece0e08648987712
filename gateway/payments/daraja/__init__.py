"""M-Pesa by Safaricom's Daraja API, which refuses callback URLs with its product's name: so it is called daraja."""

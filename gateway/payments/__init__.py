"""Mobile money: rails (Daraja, pawaPay), their callbacks, and the loop that sends transfers and asks about them."""

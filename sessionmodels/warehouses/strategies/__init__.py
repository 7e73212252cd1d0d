"""How relations are renewed: anew in one transaction, refilled in place, or built aside and put in place at the end."""

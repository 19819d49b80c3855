"""The words of the teller and the drawer: nouns, places, and whole sentences, as data."""

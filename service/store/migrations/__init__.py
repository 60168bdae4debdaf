"""How the tables came to be, step by step; the service takes the steps itself when it starts."""

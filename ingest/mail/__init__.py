"""Mail: the containers it comes in, and one parser for every message."""

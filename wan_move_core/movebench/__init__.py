"""MoveBench: its data set, runs over it that resume, and scores. The published scoring script was not seen."""

"""What a run from the command line is: its settings, its cases, its memory plan and the file that repeats it."""

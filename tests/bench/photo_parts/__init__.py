"""What the draft's bench on photographs is made of: the pictures, and jobs to look at."""

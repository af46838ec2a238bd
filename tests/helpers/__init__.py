"""What tests of several rooms make or look at: files, their containers, and what is known of tracks."""

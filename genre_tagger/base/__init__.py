"""What every stage uses: errors, places, small files, cache, threads, progress, genres as words, standard error."""

"""What every stage of the line uses: errors, places, small files, cache, threads, progress."""

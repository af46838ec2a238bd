"""What every stage of the line stands on."""

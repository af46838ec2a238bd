"""To the phone, the stick, the car: what a copy will do, the copies themselves, and what the next run knows them by."""

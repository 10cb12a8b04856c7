package s3

import "time"

// Hurry makes attempts follow each other at once.
func Hurry() { pause = time.Millisecond }

// Package rtsp asks a camera for its video: DESCRIBE, SETUP of the first H.264 or
// H.265 track, PLAY, keepalives and TEARDOWN. It is the only package that knows
// gortsplib, which does all that; what is in the packets, and their times, are
// no concern of either.
//
// An audio track is never set up (R39), so that no camera sends one, and what a
// camera sends unasked has no way out of here.
//
// Every way in which a session ends is an [Error], with a cause for the gap
// that begins and a sentence for people that holds no password.
package rtsp

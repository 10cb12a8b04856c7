// Package clips carries the demo clips: what cameras of a venue might see, drawn
// by make-clips.sh with ffmpeg, each with its name and a running counter in the
// picture. They loop cleanly and are small enough to be part of the program.
//
//	k01-inngang      H.264              25 fps, with an AAC track
//	k02-ko           H.264, B-frames    25 fps
//	k03-scenekant    H.265, B-frames    25 fps
//	k04-lasterampe   H.264              12.5 fps
//	k05-garderobe    H.265              12.5 fps
package clips

import "embed"

// FS has the clips as <name>.mp4.
//
//go:embed *.mp4
var FS embed.FS

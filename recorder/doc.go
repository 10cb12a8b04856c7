// Package recorder records cameras into the spool.
//
// # Invariants
//
//  1. A segment begins on a key frame (R47), has video only (R39), and its frames
//     are the camera's NAL units: unchanged, unfiltered, in order. A frame of which
//     a packet is missing is left out, whole, and counted.
//  2. From a camera's first frame on, each instant lies in one segment or in one
//     gap (R50). Segments of one run touch to the microsecond; between runs
//     lie gaps, each with a cause. Starts ascend strictly, also across restarts
//     and when the appliance's clock is set back.
//  3. Inside a segment time is the camera's RTP clock and never steps. Where a
//     segment ends, its last frame is made a little longer or shorter to follow the
//     appliance's clock: by 1/1000 of the segment and half a frame at most.
//  4. A camera waits neither for the disk nor for another camera. What the disk
//     cannot take is dropped, as a gap.
//
// # The way of the data
//
//	rtsp.Play      gortsplib connects, authenticates, keeps alive, hands over packets
//	camera         one camera's life: play, watch for stalls, try again
//	track          packets to access units (rtp) to frames with times (fmp4.Timeline,
//	               clock) to fragments of half a second (fmp4.Seal), in the buffer that
//	               will be written
//	writer         takes fragments into a bounded queue and writes them
//	journal        segments, gaps and the mark of one camera, in the spool
//
// A byte is copied from the packet to the fragment's buffer, and from there by
// write(2). With B-frames the few frames whose decode time is not yet known are
// copied once more, into the next fragment's buffer.
//
// A fragment is written when half a second of frames is complete and the next
// frame has come, which gives the last one its duration. Killed at any moment,
// less than a second of a camera is lost.
//
// # Goroutines
//
//	camera.run     one a camera, from camera.start to camera.stop; owns the session
//	               and, beside it, camera.watch. Packets come on gortsplib's
//	               goroutines; camera.mu guards the track.
//	writer.run     one; the only one that touches the disk but for syncing; owns the
//	               journals
//	syncLoop       one; makes open segments durable every five seconds
//
// Close stops them in the order in which the data flows.
package recorder

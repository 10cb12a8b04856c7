package fmp4

import (
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"github.com/sjudager/sjudager/vault/footage"
)

// Track is what a segment's header says about the video. It is not changed once
// it is made.
type Track struct {
	Codec         footage.Codec
	VPS, SPS, PPS [][]byte // VPS for H.265 only; of AV1, SPS is the sequence header
	Width, Height int      // pixels, after cropping
	// Reorder is the greatest number of frames that come before a frame in the
	// stream and are shown after it, as far as the parameter sets tell: with
	// B-frames at least 1.
	Reorder int

	config []byte // the body of avcC, hvcC or av1C
}

// What a sample entry has room for: five bits count the SPS, sixteen the bytes.
const (
	maxSets = 31
	maxSet  = 1<<16 - 1
)

// errIncomplete: without these there is no decoding.
var errIncomplete = errors.New("a parameter set is missing")

// NewTrack makes a track from the parameter sets of a stream, for AV1 from its
// sequence headers as sps. It fails when one is missing, the first SPS cannot be
// read, or there is no room for them.
func NewTrack(codec footage.Codec, vps, sps, pps [][]byte) (*Track, error) {
	t := &Track{Codec: codec, VPS: vps, SPS: sps, PPS: pps}
	if len(sps) == 0 || len(pps) == 0 && codec != footage.AV1 || len(vps) == 0 && codec == footage.H265 {
		return nil, errIncomplete
	}
	for _, sets := range [][][]byte{vps, sps, pps} {
		if len(sets) > maxSets {
			return nil, fmt.Errorf("there are %d parameter sets of one kind", len(sets))
		}
		for _, set := range sets {
			if len(set) > maxSet {
				return nil, fmt.Errorf("a parameter set has %d bytes", len(set))
			}
		}
	}
	var err error
	switch codec {
	case footage.AV1:
		err = t.readAV1()
	case footage.H265:
		err = t.readH265()
	default:
		err = t.readH264()
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read the sequence parameter set: %w", err)
	}
	if t.Width <= 0 || t.Height <= 0 || t.Width > 1<<15 || t.Height > 1<<15 {
		return nil, fmt.Errorf("couldn't read the sequence parameter set: %d x %d is no picture", t.Width, t.Height)
	}
	if t.Reorder < 0 || t.Reorder > maxReorder {
		t.Reorder = 0 // Timeline finds it out
	}
	return t, nil
}

func (t *Track) readH264() error {
	var sps h264.SPS
	raw := t.SPS[0]
	if err := sps.Unmarshal(raw); err != nil {
		return err
	}
	t.Width, t.Height = sps.Width(), sps.Height()
	if sps.VUI != nil && sps.VUI.BitstreamRestriction != nil {
		t.Reorder = int(sps.VUI.BitstreamRestriction.MaxNumReorderFrames)
	}
	// AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1.
	c := []byte{1, raw[1], raw[2], raw[3], 0xfc | 3, 0xe0 | byte(len(t.SPS))}
	c = appendSets(c, t.SPS)
	c = appendSets(append(c, byte(len(t.PPS))), t.PPS)
	switch sps.ProfileIdc {
	case 100, 110, 122, 144:
		c = append(c, 0xfc|byte(sps.ChromaFormatIdc), 0xf8|byte(sps.BitDepthLumaMinus8), 0xf8|byte(sps.BitDepthChromaMinus8), 0)
	}
	t.config = c
	return nil
}

func (t *Track) readH265() error {
	var sps h265.SPS
	if err := sps.Unmarshal(t.SPS[0]); err != nil {
		return err
	}
	t.Width, t.Height = sps.Width(), sps.Height()
	for _, n := range sps.MaxNumReorderPics {
		t.Reorder = max(t.Reorder, int(n))
	}
	raw := h264.EmulationPreventionRemove(t.SPS[0])
	if len(raw) < 15 {
		return errors.New("it is too short")
	}
	// HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3.1. Its profile,
	// compatibility flags and level are the twelve bytes that an SPS has behind
	// its header and one byte more (ITU-T H.265, 7.3.2.2.1).
	c := append([]byte{1}, raw[3:15]...)
	layers := sps.MaxSubLayersMinus1 + 1
	nested := byte(0)
	if sps.TemporalIDNestingFlag {
		nested = 1
	}
	c = append(c,
		0xf0, 0, // min_spatial_segmentation_idc: 0
		0xfc, // parallelismType: unknown
		0xfc|byte(sps.ChromaFormatIdc), 0xf8|byte(sps.BitDepthLumaMinus8), 0xf8|byte(sps.BitDepthChromaMinus8),
		0, 0, // avgFrameRate: unknown
		layers<<3|nested<<2|3,
		3)
	for i, sets := range [][][]byte{t.VPS, t.SPS, t.PPS} {
		c = append(c, 0x80|byte(32+i), 0, byte(len(sets))) // 0x80: all of them are here
		c = appendSets(c, sets)
	}
	t.config = c
	return nil
}

func appendSets(b []byte, sets [][]byte) []byte {
	for _, s := range sets {
		b = append(b, byte(len(s)>>8), byte(len(s)))
		b = append(b, s...)
	}
	return b
}

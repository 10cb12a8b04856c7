// Package picture makes pictures of others anew: a photo of a sign, a drawn plan.
//
// # Invariants
//
//  1. No byte of what came in is in what goes out: a picture is decoded, turned as its
//     EXIF orientation says, made smaller and encoded again. So there is no metadata left:
//     no place, no time, no telephone's name, no thumbnail of what was cut away (R124).
//  2. What is not a JPEG or PNG, or would take too much memory or time to decode, is
//     refused before it is decoded: by its size, by the pixels that its header promises,
//     and by the number of scans that a progressive JPEG may have. A picture at the limit
//     takes some 500 MB for a second: whoever calls this decodes one at a time.
//  3. The same picture becomes the same bytes.
//
// The orientation of a PNG (its eXIf chunk) is not looked at: no camera writes PNG.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// Limits of what comes in.
const (
	MaxBytes  = 16 << 20
	maxPixels = 32 << 20 // telephones make 12 to 25 million, a scanned A3 17 million
	maxScans  = 200      // of a JPEG; a progressive one has about ten
	leastSide = 16       // less is no picture of anything
)

// The longest sides of what goes out, in pixels.
const (
	PhotoSide   = 1600
	DrawingSide = 4000
)

const quality = 80 // of JPEG

// ErrUnfit: it is no picture that can be taken in; the text says why.
var ErrUnfit = errors.New("the picture cannot be taken in")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnfit}, args...)...)
}

// Photo makes a photo anew: a JPEG of at most PhotoSide.
func Photo(upload []byte) ([]byte, error) {
	img, _, err := decode(upload, PhotoSide)
	if err != nil {
		return nil, err
	}
	return asJPEG(img)
}

// Drawing makes a plan anew, of at most DrawingSide. A PNG stays one where that is the
// smaller: drawn lines are, and stay sharp; photographs are not.
func Drawing(upload []byte) ([]byte, error) {
	img, kind, err := decode(upload, DrawingSide)
	if err != nil {
		return nil, err
	}
	photo, err := asJPEG(img)
	if err != nil || kind != "png" {
		return photo, err
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, img); err != nil {
		return nil, fmt.Errorf("couldn't encode a picture: %w", err)
	}
	if drawn.Len() > len(photo) {
		return photo, nil
	}
	return drawn.Bytes(), nil
}

func asJPEG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("couldn't encode a picture: %w", err)
	}
	return b.Bytes(), nil
}

// decode reads a picture, upright and of at most so many pixels a side.
func decode(upload []byte, most int) (img *image.RGBA, kind string, err error) {
	if len(upload) > MaxBytes {
		return nil, "", unfit("it has %d bytes, and at most %d are taken", len(upload), MaxBytes)
	}
	var config image.Config
	read, upright := jpeg.Decode, 1
	switch {
	case bytes.HasPrefix(upload, []byte("\xff\xd8\xff")):
		kind, upright = "jpeg", orientation(upload)
		config, err = jpeg.DecodeConfig(bytes.NewReader(upload))
	case bytes.HasPrefix(upload, []byte("\x89PNG\r\n\x1a\n")):
		kind, read = "png", png.Decode
		config, err = png.DecodeConfig(bytes.NewReader(upload))
	default:
		return nil, "", unfit("it is neither a JPEG nor a PNG")
	}
	switch {
	case err != nil:
		return nil, "", unfit("it is damaged: %v", err)
	case config.Width < leastSide || config.Height < leastSide:
		return nil, "", unfit("it has %d x %d pixels, and at least %d a side are needed", config.Width, config.Height, leastSide)
	case config.Width > maxPixels/config.Height:
		return nil, "", unfit("it has %d x %d pixels, and at most %d in all are taken", config.Width, config.Height, maxPixels)
	case kind == "jpeg" && bytes.Count(upload, []byte("\xff\xda")) > maxScans:
		return nil, "", unfit("it has more than %d scans", maxScans)
	}
	whole, err := read(bytes.NewReader(upload))
	if err != nil {
		return nil, "", unfit("it is damaged: %v", err)
	}
	return turned(smaller(whole, most), upright), kind, nil
}

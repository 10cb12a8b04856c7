package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	red   = color.RGBA{220, 20, 20, 255}
	green = color.RGBA{20, 200, 20, 255}
	blue  = color.RGBA{20, 20, 220, 255}
	grey  = color.RGBA{120, 120, 120, 255}
)

// corners is a picture whose corners have colours: red where its first row and column
// meet, green at the end of the first row, blue at the end of the first column.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.Color{red, green, blue, grey} {
		x, y := i%2*w/2, i/2*h/2
		draw.Draw(img, image.Rect(x, y, x+w/2, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// secret is what must not come out.
const secret = "59.9139N 10.7522E"

// described is a JPEG with an orientation and a place in its EXIF, and a comment.
func described(t testing.TB, order binary.AppendByteOrder, orientation uint16, img image.Image) []byte {
	t.Helper()
	tiff := []byte("MM")
	if order.AppendUint16(nil, 1)[0] == 1 {
		tiff = []byte("II")
	}
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][4]uint32{{0x010e, 2, uint32(len(secret)), 38}, {orientationTag, short, 1, 0}} {
		tiff = order.AppendUint16(tiff, uint16(e[0]))
		tiff = order.AppendUint16(tiff, uint16(e[1]))
		tiff = order.AppendUint32(tiff, e[2])
		if e[0] == orientationTag {
			tiff = order.AppendUint16(order.AppendUint16(tiff, orientation), 0)
		} else {
			tiff = order.AppendUint32(tiff, e[3])
		}
	}
	tiff = append(order.AppendUint32(tiff, 0), secret...)
	segment := func(marker byte, content string) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	plain := encoded(t, img)
	var b []byte
	b = append(b, plain[:2]...)
	b = append(b, segment(0xfe, secret)...)
	b = append(b, segment(app1, "http://ns.adobe.com/xap/1.0/\x00"+secret)...)
	b = append(b, 0xff) // a fill byte
	b = append(b, segment(app1, "Exif\x00\x00"+string(tiff))...)
	b = append(b, plain[2:]...)
	return append(b, secret...)
}

func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	off := func(a, b uint32) bool { return max(a, b)-min(a, b) < 20<<8 }
	return off(r1, r2) && off(g1, g2) && off(b1, b2)
}

// Exif 2.32, 4.6.4: for each orientation the sides at which the stored first row and
// first column are to be seen.
func TestR124PhotoIsUprightAndSaysNothing(t *testing.T) {
	type side struct{ x, y int } // as on a clock face: -1 left or top, 1 right or bottom
	top, bottom, left, right := side{0, -1}, side{0, 1}, side{-1, 0}, side{1, 0}
	for n, seen := range [][2]side{{top, left}, {top, right}, {bottom, right}, {bottom, left}, {left, top}, {right, top}, {right, bottom}, {left, bottom}} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			upload := described(t, order, uint16(n+1), corners(160, 96))
			out, err := Photo(upload)
			if err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			b := img.Bounds()
			if wide := b.Dx() == 160; wide != (seen[0].x == 0) {
				t.Errorf("%d: it is %v", n+1, b)
			}
			at := func(row, column side) color.Color {
				return img.At((1+row.x+column.x)*(b.Dx()-1)/2+b.Dx()/4*-(row.x+column.x), (1+row.y+column.y)*(b.Dy()-1)/2+b.Dy()/4*-(row.y+column.y))
			}
			opposite := func(s side) side { return side{-s.x, -s.y} }
			if !near(at(seen[0], seen[1]), red) || !near(at(seen[0], opposite(seen[1])), green) || !near(at(opposite(seen[0]), seen[1]), blue) {
				t.Errorf("%d %v: the corners are %v %v %v", n+1, order, at(seen[0], seen[1]), at(seen[0], opposite(seen[1])), at(opposite(seen[0]), seen[1]))
			}
			if bytes.Contains(out, []byte(secret)) || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("\xff\xfe")) {
				t.Errorf("%d: what was said about the photo is in it still", n+1)
			}
			again, err := Photo(upload)
			if err != nil || !bytes.Equal(out, again) {
				t.Errorf("%d: other bytes the second time (%v)", n+1, err)
			}
		}
	}
}

// Others read what goes out, and a mean of pixels is what is made smaller.
func TestPhotoIsMadeSmaller(t *testing.T) {
	big := image.NewRGBA(image.Rect(0, 0, 3200, 180))
	for i := range big.Pix {
		big.Pix[i] = byte(i/4%2*255) | byte(i%4/3*255) // lines a pixel wide
	}
	for name, upload := range map[string][]byte{"jpeg": encoded(t, big), "png": asPNG(t, big)} {
		out, err := Photo(upload)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil || img.Bounds().Dx() != PhotoSide || img.Bounds().Dy() != 90 {
			t.Fatalf("%s: %v %v", name, img.Bounds(), err)
		}
		if got := img.At(800, 45); !near(got, color.Gray{127}) {
			t.Errorf("%s: lines become %v", name, got)
		}
		path := filepath.Join(t.TempDir(), "photo.jpg")
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", path).Output(); err != nil || strings.TrimSpace(string(said)) != "mjpeg,1600,90" {
			t.Errorf("%s: ffprobe (apt-get install ffmpeg) says %q (%v)", name, said, err)
		}
	}
}

func TestDrawingStaysSharp(t *testing.T) {
	lines := image.NewNRGBA(image.Rect(0, 0, 600, 400)) // see-through
	for x := 50; x < 550; x++ {
		lines.Set(x, 200, color.Black)
		lines.Set(x, 201, color.Black)
	}
	out, err := Drawing(asPNG(t, lines))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil || !near(img.At(10, 10), color.White) || !near(img.At(300, 200), color.Black) {
		t.Errorf("%v", err)
	}
	noise := image.NewRGBA(image.Rect(0, 0, 300, 200))
	seed := uint32(1)
	for i := range noise.Pix {
		seed = seed*1664525 + 1013904223
		noise.Pix[i] = byte(seed>>24) | byte(i%4/3*255)
	}
	for name, upload := range map[string][]byte{"a photograph as PNG": asPNG(t, noise), "a JPEG": encoded(t, lines)} {
		if out, err := Drawing(upload); err != nil || !bytes.HasPrefix(out, []byte("\xff\xd8")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// bomb is a PNG whose header promises so many pixels.
func bomb(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
}

func TestUnfitPicturesAreRefused(t *testing.T) {
	good := encoded(t, corners(160, 96))
	wide := bytes.Clone(good)
	frame := bytes.Index(wide, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(wide[frame+5:], 65535)
	binary.BigEndian.PutUint16(wide[frame+7:], 65535)
	for words, upload := range map[string][]byte{
		"neither":             []byte("GIF89a"),
		"neither a":           nil,
		"bytes":               append(bytes.Clone(good), make([]byte, MaxBytes)...),
		"65535 x 65535":       wide,
		"60000 x 60000":       bomb(60000, 60000),
		"damaged":             bomb(600, 600),
		"damaged: unexpected": good[:len(good)/2],
		"8 x 8":               encoded(t, corners(8, 8)),
		"scans":               append(bytes.Clone(good), bytes.Repeat([]byte{0xff, 0xda}, maxScans)...),
	} {
		for _, f := range []func([]byte) ([]byte, error){Photo, Drawing} {
			if out, err := f(upload); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), words) || out != nil {
				t.Errorf("%s: %v", words, err)
			}
		}
	}
}

// What strangers upload ends in a small JPEG or in ErrUnfit.
func FuzzPhoto(f *testing.F) {
	f.Add(described(f, binary.LittleEndian, 6, corners(32, 16)))
	f.Add(described(f, binary.BigEndian, 3, corners(16, 32)))
	f.Add(asPNG(f, corners(24, 24)))
	f.Add(bomb(60000, 60000))
	f.Fuzz(func(t *testing.T, upload []byte) {
		if o := orientation(upload); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
		if o := tiffOrientation(upload); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
		if config, _, err := image.DecodeConfig(bytes.NewReader(upload)); err == nil && config.Width*config.Height > 1<<20 {
			return // it would only take long
		}
		out, err := Photo(upload)
		if err != nil {
			if !errors.Is(err, ErrUnfit) {
				t.Fatal(err)
			}
			return
		}
		img, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil || max(img.Bounds().Dx(), img.Bounds().Dy()) > PhotoSide {
			t.Fatalf("%v %v", err, img.Bounds())
		}
	})
}

package paper

import (
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// QR is a text as the black squares of a QR code, without the white around it. It is an
// error when the text is too long for one, which holds some 2,300 bytes.
func QR(text string) ([][]bool, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("couldn't draw a QR code: %w", err)
	}
	n := code.Bounds().Dx()
	black := make([][]bool, n)
	for y := range black {
		black[y] = make([]bool, n)
		for x := range n {
			shade, _, _, _ := code.At(x, y).RGBA()
			black[y][x] = shade == 0
		}
	}
	return black, nil
}

package web

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/holds/paper"
)

// picture is a QR code as the path of an SVG, in modules, with its quiet zone of four.
type picture struct {
	Size int
	Path string
}

func drawQR(text string) (picture, error) {
	black, err := paper.QR(text)
	if err != nil {
		return picture{}, err
	}
	const quiet = 4
	var b strings.Builder
	for y, row := range black {
		for x, is := range row {
			if is {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return picture{len(black) + 2*quiet, b.String()}, nil
}

package picture

import (
	"image"
	"image/draw"
)

// smaller is a picture of at most so many pixels a side, on white where it is see-through:
// each pixel is the mean of those that it stands for.
func smaller(src image.Image, most int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	wide, high := w, h
	if long := max(w, h); long > most {
		wide, high = max(1, w*most/long), max(1, h*most/long)
	}
	dst := image.NewRGBA(image.Rect(0, 0, wide, high))
	// A strip of the source at a time: converted pixels of the whole would be as much
	// memory again.
	strip := image.NewRGBA(image.Rect(0, 0, w, (h+high-1)/high+1))
	sums := make([]uint32, 4*wide)
	for y := range high {
		from, to := y*h/high, (y+1)*h/high
		rows := image.Rect(0, 0, w, to-from)
		draw.Draw(strip, rows, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, rows, src, b.Min.Add(image.Pt(0, from)), draw.Over)
		clear(sums)
		for row := range to - from {
			line := strip.Pix[row*strip.Stride:]
			for x := range wide {
				for at := x * w / wide; at < (x+1)*w/wide; at++ {
					sums[4*x] += uint32(line[4*at])
					sums[4*x+1] += uint32(line[4*at+1])
					sums[4*x+2] += uint32(line[4*at+2])
					sums[4*x+3]++
				}
			}
		}
		for x := range wide {
			n, at := sums[4*x+3], dst.Pix[y*dst.Stride+4*x:]
			at[0], at[1], at[2], at[3] = uint8((sums[4*x]+n/2)/n), uint8((sums[4*x+1]+n/2)/n), uint8((sums[4*x+2]+n/2)/n), 255
		}
	}
	return dst
}

// turned is a picture as its EXIF orientation says that it is to be looked at, of which
// 1 is as it is (Exif 2.32, 4.6.4).
func turned(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation > 4 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range size.Max.Y {
		for x := range size.Max.X {
			var from image.Point
			switch orientation {
			case 2:
				from = image.Pt(w-1-x, y)
			case 3:
				from = image.Pt(w-1-x, h-1-y)
			case 4:
				from = image.Pt(x, h-1-y)
			case 5:
				from = image.Pt(y, x)
			case 6:
				from = image.Pt(y, h-1-x)
			case 7:
				from = image.Pt(w-1-y, h-1-x)
			case 8:
				from = image.Pt(w-1-y, x)
			}
			dst.SetRGBA(x, y, src.RGBAAt(from.X, from.Y))
		}
	}
	return dst
}

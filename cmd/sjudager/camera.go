package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/recorder"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// testCamera asks a camera that is configured now for its video once.
func (d *daemon) testCamera(ctx context.Context, id footage.CameraID) (web.CameraTest, error) {
	cameras := recorded(d.inForce())
	n := slices.IndexFunc(cameras, func(c recorder.Camera) bool { return c.ID == id })
	if n < 0 {
		return web.CameraTest{}, fmt.Errorf("camera %s was removed from the configuration", id)
	}
	t := d.recorder.Try(ctx, cameras[n])
	answer := web.CameraTest{
		Camera: id, Works: t.Works, Transport: string(t.Transport), Codec: t.Codec, Width: t.Width, Height: t.Height, FPS: t.FPS,
		KeyMS: t.KeyAfter.Milliseconds(), Cause: t.Cause, Detail: t.Detail, Advice: t.Advice,
	}
	if t.ClockKnown {
		ms := t.ClockOffset.Milliseconds()
		answer.ClockOffsetMS = &ms
	}
	return answer, nil
}

func cameraTest(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("ID")
	if err != nil {
		return err
	}
	if _, err := footage.ParseCameraID(args[0]); err != nil {
		return misuse(err.Error(), "")
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	var t web.CameraTest
	if err := cl.post(ctx, "cameras/"+args[0]+"/test", nil, &t); err != nil {
		return err
	}
	if o.json {
		c.json(t)
	}
	if !t.Works {
		return failure{exit: exitInvalid, code: string(t.Cause), text: t.Detail, hint: t.Advice, answered: o.json}
	}
	if o.json {
		return nil
	}
	said := []string{strings.ToUpper(string(t.Codec)), fmt.Sprintf("%dx%d", t.Width, t.Height), fmt.Sprintf("%.1f frames/s", t.FPS),
		"transport " + t.Transport, fmt.Sprintf("first key frame after %v", time.Duration(t.KeyMS)*time.Millisecond)}
	switch {
	case t.ClockOffsetMS == nil:
		said = append(said, "it does not say what its clock shows")
	default:
		said = append(said, fmt.Sprintf("its clock is off by %+d ms", *t.ClockOffsetMS))
	}
	fmt.Fprintf(c.out, "%s works: %s\n", t.Camera, strings.Join(said, ", "))
	return nil
}

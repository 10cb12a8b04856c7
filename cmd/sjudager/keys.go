package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/web"
)

func keysShow(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var state handover.KeyState
	if err := cl.get(ctx, "keys", url.Values{}, &state); err != nil {
		return err
	}
	return showKeys(c, o, state)
}

func showKeys(c console, o *options, s handover.KeyState) error {
	if o.json {
		c.json(s)
		return nil
	}
	whose := "our own"
	if !s.Own {
		whose = "the operator's"
	}
	fmt.Fprintf(c.out, "signing key %d\n  %s\n  %s\nroot, %s\n  %s\n  %s\n", s.Number, s.Key, s.Words, whose, s.Root, s.RootWords)
	for _, p := range s.Chain {
		fmt.Fprintf(c.out, "certificate  %s, issued by %s, %s to %s\n", p.Name, p.Issuer, p.From.Format(time.DateOnly), p.Until.Format(time.DateOnly))
	}
	for _, e := range s.Earlier {
		fmt.Fprintf(c.out, "earlier key %d, destroyed\n  %s\n", e.Number, e.Key)
	}
	return nil
}

func keysRotate(ctx context.Context, c console, o *options) error {
	sure := o.Bool("yes", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if !*sure {
		return misuse("the key that signs now is destroyed for good", "say --yes to do it")
	}
	var state handover.KeyState
	if err := cl.post(ctx, "keys/rotate", nil, &state); err != nil {
		return err
	}
	return showKeys(c, o, state)
}

func keysRequest(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var answer web.KeyRequest
	if err := cl.get(ctx, "keys/request", url.Values{}, &answer); err != nil {
		return err
	}
	if o.json {
		c.json(answer)
	} else {
		fmt.Fprint(c.out, answer.Request)
	}
	return nil
}

func keysUse(ctx context.Context, c console, o *options) error {
	cl, args, err := o.connect("CHAIN.pem")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("couldn't read the certificates: %w", err)
	}
	var state handover.KeyState
	if err := cl.post(ctx, "keys/chain", web.ChainRequest{Chain: string(text)}, &state); err != nil {
		return err
	}
	return showKeys(c, o, state)
}

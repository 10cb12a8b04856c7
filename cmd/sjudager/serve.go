package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/sjudager/sjudager/configs"
)

func serve(ctx context.Context, c console, o *options) error {
	file := o.String("config", defaultConfig, "")
	if _, err := o.parse(); err != nil {
		return err
	}
	config, err := configs.Load(*file)
	if err != nil {
		return err
	}
	log := newLog(c.err)
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	return runDaemon(ctx, daemonOptions{File: *file, Config: config, Now: c.now, Log: log,
		Ready: func(address string) { log.Info("serving", "page", address, "socket", socketPath(config.DataDir)) }})
}

// newLog returns a log of text lines; without times where the journal adds them.
func newLog(w io.Writer) *slog.Logger {
	var o slog.HandlerOptions
	if os.Getenv("JOURNAL_STREAM") != "" {
		o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(w, &o))
}

// untilSignal returns a context that ends with the first signal to stop. The
// second one ends the program at once: all that is on disk is made to survive
// that. The function that it returns gives the signals back.
func untilSignal(ctx context.Context, w io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		fmt.Fprintln(w, "stopping in order; a second signal ends it at once")
		cancel()
		select {
		case <-signals:
			fmt.Fprintln(w, "ended at once")
			os.Exit(exitFailed)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

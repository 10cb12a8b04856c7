package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/configs"
)

func configCheck(_ context.Context, c console, o *options) error {
	o.asJSON()
	args, err := o.parse("FILE")
	if err != nil {
		return err
	}
	config, err := configs.Load(args[0])
	var faulty *configs.Error
	if err != nil && !errors.As(err, &faulty) {
		return err
	}
	if o.json {
		answer := struct {
			File    string          `json:"file"`
			Valid   bool            `json:"valid"`
			Cameras int             `json:"cameras"`
			Faults  []configs.Fault `json:"faults"`
		}{args[0], faulty == nil, 0, []configs.Fault{}}
		if faulty != nil {
			answer.Faults = faulty.Faults
		} else {
			answer.Cameras = len(config.Cameras)
		}
		c.json(answer)
	}
	if faulty != nil {
		return failure{exit: exitFailed, text: fmt.Sprintf("%s has %s", args[0], count(len(faulty.Faults), "fault")),
			hint: strings.TrimSpace(faulty.Error()), answered: true}
	}
	if !o.json {
		fmt.Fprintf(c.out, "%s is valid: %s, %s\n", args[0], config.Site.Name, count(len(config.Cameras), "camera"))
	}
	return nil
}

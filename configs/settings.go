package configs

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
)

// Setting is one value of a configuration, for people to read. A secret's value is
// "[hidden]", and passwords in addresses are left out.
type Setting struct {
	Path  string // as faults name it: cameras[0].name
	Value string
	Line  int // in the file; 0 where the value is the default
}

// Line is where in the file a setting stands, by its path as Setting has it; 0 where it
// is the default.
func (c *Config) Line(path string) int { return c.lines[path] }

// Settings returns every value that is in force, in the order of the documentation.
func (c *Config) Settings() []Setting {
	var all []Setting
	c.walk(reflect.ValueOf(c).Elem(), "", &all)
	return all
}

func (c *Config) walk(v reflect.Value, path string, all *[]Setting) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	text, isText := v.Interface().(encoding.TextMarshaler)
	switch {
	case isText:
		b, err := text.MarshalText()
		if err != nil {
			panic("internal error: a setting cannot be written: " + err.Error()) // our own types
		}
		*all = append(*all, Setting{path, string(b), c.lines[path]})
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if name == "" || name == "-" {
				continue // it comes from elsewhere
			}
			c.walk(v.Field(i), strings.TrimPrefix(path+"."+name, "."), all)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			c.walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), all)
		}
	default:
		*all = append(*all, Setting{path, fmt.Sprint(v.Interface()), c.lines[path]})
	}
}

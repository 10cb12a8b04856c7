package web

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// sheet is a page that was answered, to be read by CSS selectors of the kind
// tag#id.class[name=value], joined by spaces for descendants.
type sheet struct {
	t    testing.TB
	root *html.Node
}

func read(t testing.TB, body string) sheet {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return sheet{t, root}
}

// all returns what a selector finds.
func (d sheet) all(selector string) []*html.Node {
	found := []*html.Node{d.root}
	for part := range strings.FieldsSeq(selector) {
		var next []*html.Node
		for _, root := range found {
			for n := range root.Descendants() {
				if matches(n, part) && !contains(next, n) {
					next = append(next, n)
				}
			}
		}
		found = next
	}
	return found
}

func contains(nodes []*html.Node, n *html.Node) bool {
	for _, o := range nodes {
		if o == n {
			return true
		}
	}
	return false
}

var simple = regexp.MustCompile(`([.#]?)([a-zA-Z0-9_-]+)|\[([a-z-]+)(?:=([^\]]*))?\]`)

func matches(n *html.Node, selector string) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for _, m := range simple.FindAllStringSubmatch(selector, -1) {
		value, has := attribute(n, m[3])
		switch {
		case m[3] != "":
			if !has || strings.Contains(m[0], "=") && value != m[4] {
				return false
			}
		case m[1] == "#":
			if id, _ := attribute(n, "id"); id != m[2] {
				return false
			}
		case m[1] == ".":
			class, _ := attribute(n, "class")
			if !strings.Contains(" "+class+" ", " "+m[2]+" ") {
				return false
			}
		case n.Data != m[2]:
			return false
		}
	}
	return true
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// one returns the only thing that a selector finds.
func (d sheet) one(selector string) *html.Node {
	d.t.Helper()
	found := d.all(selector)
	if len(found) != 1 {
		d.t.Fatalf("%q finds %d elements, want one", selector, len(found))
	}
	return found[0]
}

// text is what a reader sees of the only thing that a selector finds.
func (d sheet) text(selector string) string {
	d.t.Helper()
	return text(d.one(selector))
}

func text(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u00a0", " ")), " ")
}

// says fails the test unless the text at selector has every one of the parts.
func (d sheet) says(selector string, parts ...string) {
	d.t.Helper()
	got := d.text(selector)
	for _, part := range parts {
		if !strings.Contains(got, part) {
			d.t.Errorf("%s says %q, which lacks %q", selector, got, part)
		}
	}
}

// value is the value of the only thing that a selector finds: an attribute, the
// text of a textarea, or what is chosen of a select.
func (d sheet) value(selector string) string {
	d.t.Helper()
	n := d.one(selector)
	switch n.Data {
	case "textarea":
		return text(n)
	case "select":
		for o := range n.Descendants() {
			if _, chosen := attribute(o, "selected"); chosen {
				v, _ := attribute(o, "value")
				return v
			}
		}
		return ""
	}
	v, _ := attribute(n, "value")
	return v
}

// href is where the only link that a selector finds leads.
func (d sheet) href(selector string) string {
	d.t.Helper()
	v, _ := attribute(d.one(selector), "href")
	return v
}

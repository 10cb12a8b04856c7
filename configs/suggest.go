package configs

import (
	"reflect"
	"strings"
)

// suggest returns what to do about an unknown key: the key of the same group
// that was probably meant, else where a key of that name belongs, else the keys
// that there are.
func suggest(key string, known []string) string {
	if k := Nearest(key, known); k != "" {
		return "did you mean " + k + "?"
	}
	for _, path := range allKeys(reflect.TypeFor[Config](), "") {
		if strings.HasSuffix(path, "."+key) {
			return "it belongs elsewhere: " + path
		}
	}
	return "the keys here are " + list(known)
}

// Nearest returns which of the known names was probably meant by name, which is
// not one of them, or "": the one with the fewest slips, at most one in three
// letters, else one that name begins or that begins name. Capitals, hyphens and
// underscores make no difference.
func Nearest(name string, known []string) string {
	bare := plain(name)
	var nearest string
	least := 1 + max(1, len(bare)/3)
	for _, k := range known {
		if d := distance(bare, plain(k)); d < least {
			nearest, least = k, d
		}
	}
	if nearest != "" {
		return nearest
	}
	for _, k := range known {
		if len(bare) >= 4 && (strings.HasPrefix(plain(k), bare) || strings.HasPrefix(bare, plain(k))) {
			return k
		}
	}
	return ""
}

// allKeys returns the path of every key, list items as "[]".
func allKeys(t reflect.Type, path string) []string {
	switch {
	case t.Kind() == reflect.Pointer:
		return allKeys(t.Elem(), path)
	case t.Kind() == reflect.Slice:
		return allKeys(t.Elem(), path+"[]")
	case t.Kind() != reflect.Struct:
		return nil
	}
	var paths []string
	for f := range t.Fields() {
		if key, ok := f.Tag.Lookup(keyTag); ok {
			paths = append(append(paths, join(path, key)), allKeys(f.Type, join(path, key))...)
		}
	}
	return paths
}

// plain drops what people get wrong about a name's spelling: dataDir, data-dir.
func plain(key string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(key))
}

// distance counts the letters to insert, remove, replace or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// list returns "a, b and c".
func list(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

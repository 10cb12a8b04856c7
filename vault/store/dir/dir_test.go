package dir_test

import (
	"testing"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func open(t testing.TB, root string) *dir.Store {
	t.Helper()
	s, err := dir.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store { return open(b, b.TempDir()) })
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
)

// shelf is where the scheduled backups lie.
type shelf interface {
	put(ctx context.Context, name string, write func(io.Writer) error) error
	list(ctx context.Context) ([]kept, error) // and what else lies there
	open(ctx context.Context, name string) (io.ReadCloser, error)
	remove(ctx context.Context, name string) error // every version of it
	String() string
}

// kept is a backup on a shelf.
type kept struct {
	Name  string          `json:"name"`
	Made  footage.Instant `json:"made"`
	Bytes int64           `json:"bytes"`
	// hidden: somebody has deleted it from a bucket that keeps old versions.
	hidden bool
}

// folderShelf is a folder.
type folderShelf string

func (f folderShelf) String() string { return string(f) }

func (f folderShelf) put(_ context.Context, name string, write func(io.Writer) error) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	return writeFile(filepath.Join(string(f), name), write)
}

func (f folderShelf) list(context.Context) (all []kept, err error) {
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // else it has gone
			all = append(all, kept{Name: e.Name(), Bytes: info.Size()})
		}
	}
	return all, err
}

func (f folderShelf) open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(f), name))
}

func (f folderShelf) remove(_ context.Context, name string) error {
	return os.Remove(filepath.Join(string(f), name))
}

// bucketShelf is the folder "backup/" of the store. Whoever lists footage does not come
// upon it.
type bucketShelf struct {
	store  store.Store
	folder string // for a moment: a store wants to know the size beforehand
}

func (b bucketShelf) String() string { return backupFolder + " in " + b.store.String() }

func (b bucketShelf) put(ctx context.Context, name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(b.folder, ".backup-*")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil { // now: a crash must not leave it
		return err
	}
	if err := write(f); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	return b.store.Put(ctx, backupFolder+name, store.Object{Size: size, Body: io.NewSectionReader(f, 0, size)})
}

func (b bucketShelf) list(ctx context.Context) (all []kept, err error) {
	for o, err := range b.store.List(ctx, backupFolder) {
		if err != nil {
			return nil, err
		}
		all = append(all, kept{Name: strings.TrimPrefix(o.Key, backupFolder), Bytes: o.Size, hidden: o.Hidden})
	}
	return all, nil
}

func (b bucketShelf) open(ctx context.Context, name string) (io.ReadCloser, error) {
	return b.store.Get(ctx, backupFolder+name, 0, -1)
}

func (b bucketShelf) remove(ctx context.Context, name string) error {
	return b.store.Delete(ctx, backupFolder+name)
}

func (d *daemon) shelf(b *configs.Backup) shelf {
	if b.Dir != "" {
		return folderShelf(b.Dir)
	}
	return bucketShelf{d.store, d.Config.DataDir}
}

// openShelf opens the configured shelf without a running program.
func openShelf(ctx context.Context, config *configs.Config) (shelf, error) {
	if config.Backup.Dir != "" {
		return folderShelf(config.Backup.Dir), nil
	}
	s, err := openBare(ctx, config)
	return bucketShelf{s, config.DataDir}, err
}

// madeAt reads the instant from a backup's name; others' files have none.
func madeAt(name string) (footage.Instant, bool) {
	rest, ours := strings.CutPrefix(name, backupPrefix)
	rest, whole := strings.CutSuffix(rest, backupExt)
	at, err := footage.ParseCompact(rest)
	return at, ours && whole && err == nil
}

// backups returns the backups on s, the oldest first, those that are hidden included.
func backups(ctx context.Context, s shelf) (all []kept, err error) {
	found, err := s.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("couldn't list %s: %w", s, err)
	}
	for _, k := range found {
		if at, ours := madeAt(k.Name); ours {
			k.Made = at
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Compare(a.Made, b.Made) })
	return all, nil
}

// visible returns those that can be opened.
func visible(all []kept) []kept {
	return slices.DeleteFunc(slices.Clone(all), func(k kept) bool { return k.hidden })
}

// prune removes what is older than the newest so many, hidden or not.
func prune(ctx context.Context, s shelf, all []kept, keep int) error {
	stay := visible(all)
	if len(stay) <= keep {
		return nil
	}
	for oldest := stay[len(stay)-keep].Made; all[0].Made < oldest; all = all[1:] {
		if err := s.remove(ctx, all[0].Name); err != nil {
			return fmt.Errorf("couldn't remove the oldest backups from %s: %w", s, err)
		}
	}
	return nil
}

// newestBackup is what restore calls the newest on the shelf.
const newestBackup = "newest"

// fetch opens a backup: a file, or one of those on the configured shelf by its name.
func fetch(ctx context.Context, config *configs.Config, name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || config.Backup == nil {
		return f, err
	}
	s, err := openShelf(ctx, config)
	if err != nil {
		return nil, err
	}
	all, err := backups(ctx, s)
	if err != nil {
		return nil, err
	}
	there := visible(all)
	for i, k := range there {
		if k.Name == name || name == newestBackup && i == len(there)-1 {
			return s.open(ctx, k.Name)
		}
	}
	return nil, failure{exit: exitNothing, code: "no-backup", text: fmt.Sprintf("%s is neither a file nor a backup in %s", name, s), hint: "sjudager backup --list shows what is there"}
}

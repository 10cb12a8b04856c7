package spool

import "github.com/sjudager/sjudager/vault/durable"

// Op is something that the spool does to the disk.
type Op = durable.Op

// The operations. Their path is of the file or folder that they act upon.
const (
	OpCreate  = durable.OpCreate
	OpWrite   = durable.OpWrite
	OpSync    = durable.OpSync // of the spool's folder: all becomes durable
	OpRename  = durable.OpRename
	OpRemove  = durable.OpRemove
	OpSyncDir = durable.OpSyncDir
)

// Intercept has f called before each operation, which does not happen if f
// returns an error: that is how tests make a disk that is full, read-only, slow or
// loses its power. It must be called before the spool is used.
func (s *Spool) Intercept(f func(op Op, path string) error) { s.disk.Intercept(f) }

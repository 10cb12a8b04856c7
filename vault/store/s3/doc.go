// Package s3 keeps objects in a bucket of any S3-compatible object storage, by
// way of minio-go, which no other package imports.
//
// # Proof of an upload
//
// When Put returns nil, the server has acknowledged the object, has compared its
// bytes with a digest that we took from ours, and answered a HEAD after that with
// the size it should have, and with the CRC-32C it should have if the server keeps
// one. Which digest depends on what protects the bytes on their way, and on what
// the server knows:
//
//   - Over plain http the request is signed together with the SHA-256 of the object,
//     so a changed or truncated body is refused.
//   - Over https the body goes unsigned with its CRC-32C in a header, once the server
//     has shown that it knows such headers by giving one back. SHA-256 would cost both
//     sides more than everything else.
//   - Over https to a server that does not give checksums back (Ceph's gateway until
//     recently ignores them, and would take whatever a broken proxy behind the TLS
//     hands on) the SHA-256 is signed, as over http.
//
// The CRC-32C goes along in every case. It and the SHA-256 have to be said before the
// body is sent: a body of up to 32 MiB is read once, into memory, and sent from there,
// since the vault seals it while it is read; a larger one is read twice.
//
// ETags prove nothing here: they are an MD5 on some servers and anything on others,
// and MD5 costs more than SHA-256. Reading back would double the traffic to learn what
// the server has just said. What the server's disk does to the object later is found by
// whoever reads it, by its digest.
//
// Plain http does not hide footage from those who listen on the wire.
//
// # Durability
//
// Whether the object outlives a power cut is the server's affair: Ceph and AWS
// answer when it is on disk; versitygw and SeaweedFS with its defaults do not,
// and have been seen to lose objects they had acknowledged.
//
// No object is ever there in part: every object is one PUT of known length,
// refused by the server when it breaks off. Multipart uploads are not used, so
// there are no leftovers of them.
//
// # Deleting
//
// Open reads the bucket's versioning. On a versioned bucket Delete removes every
// version and every delete marker of the key, the current one last, so that no
// older one shows through meanwhile. Absent asks for all versions whether or not the bucket
// seemed versioned, and if it finds some, the next Delete removes them: so
// versioning that is switched on while we run does not keep footage. With object
// lock Open refuses, because there a deletion may be a promise that the server
// does not keep (R10).
//
// What a server keeps beyond its interface (replicas, snapshots, backups) is out
// of reach.
//
// # Faults
//
// Each request is tried up to three times, here and nowhere else: minio-go's own
// retries are off, since it rewinds a body that an earlier attempt may still be
// reading. A connection on which nothing moves for a minute is given up
// (Options.Stall), so a hung server holds no upload for ever, however slow a
// working one may be. Errors that no retry mends wrap store.ErrConfig and say
// what to do.
//
// Ceph's gateway wants tcp_nodelay=1 in its rgw_frontends: without it every list,
// and so every proof of a deletion, takes 40 ms longer.
package s3

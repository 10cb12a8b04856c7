package footage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ObjectPrefix is the folder of the store under which footage lies. Nothing else
// lies there, so whatever an inventory finds there is footage or a fault (R12).
const ObjectPrefix = "footage/"

const (
	keyTime   = "2006-01-02/15/04-05.000000Z"
	plainExt  = ".mp4"
	sealedExt = ".age" // after plainExt
)

// ObjectKey returns the name of a segment in the store, after the grammar of
// ONVIF's Recording Control annex (R48):
//
//	footage/<camera>/YYYY-MM-DD/HH/MM-SS.ffffffZ.<run>.mp4.age
//
// in UTC. Objects from before footage was sealed lack ".age". The name alone tells whose footage it is and when it must go, so that
// a store without its index can still be emptied on time.
func ObjectKey(camera CameraID, start Instant, run int) string {
	return ObjectPrefix + string(camera) + "/" + start.Time().Format(keyTime) + "." + strconv.Itoa(run) + plainExt + sealedExt
}

// Sealed reports whether the object of this key is a sealed one.
func Sealed(key string) bool { return strings.HasSuffix(key, sealedExt) }

// ParseObjectKey reads what ObjectKey writes, with or without ".age", and nothing
// else.
func ParseObjectKey(key string) (camera CameraID, start Instant, run int, err error) {
	fail := fmt.Errorf("%q is not the key of a footage object", key)
	rest, ok := strings.CutPrefix(key, ObjectPrefix)
	if !ok {
		return "", 0, 0, fail
	}
	id, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return "", 0, 0, fail
	}
	if camera, err = ParseCameraID(id); err != nil {
		return "", 0, 0, fail
	}
	rest, ok = strings.CutSuffix(strings.TrimSuffix(rest, sealedExt), plainExt)
	if !ok || len(rest) < len(keyTime)+2 || rest[len(keyTime)] != '.' {
		return "", 0, 0, fail
	}
	at, err := time.Parse(keyTime, rest[:len(keyTime)])
	if err != nil {
		return "", 0, 0, fail
	}
	if run, err = strconv.Atoi(rest[len(keyTime)+1:]); err != nil {
		return "", 0, 0, fail
	}
	start = At(at)
	if strings.TrimSuffix(ObjectKey(camera, start, run), sealedExt) != strings.TrimSuffix(key, sealedExt) {
		return "", 0, 0, fail
	}
	return camera, start, run, nil
}

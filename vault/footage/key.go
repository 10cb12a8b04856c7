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
	objectExt = ".mp4"
)

// ObjectKey returns the name of a segment in the store, after the grammar of
// ONVIF's Recording Control annex (R48):
//
//	footage/<camera>/YYYY-MM-DD/HH/MM-SS.ffffffZ.<run>.mp4
//
// in UTC. The name alone tells whose footage it is and when it must go, so that
// a store without its index can still be emptied on time.
func ObjectKey(camera CameraID, start Instant, run int) string {
	return ObjectPrefix + string(camera) + "/" + start.Time().Format(keyTime) + "." + strconv.Itoa(run) + objectExt
}

// ParseObjectKey reads what ObjectKey writes and nothing else.
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
	rest, ok = strings.CutSuffix(rest, objectExt)
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
	if ObjectKey(camera, start, run) != key {
		return "", 0, 0, fail
	}
	return camera, start, run, nil
}
